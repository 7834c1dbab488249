using System.Text.RegularExpressions;

namespace Monitoring.Contracts.Tests;

/// <summary>What the page for newcomers says of the services is whole.</summary>
public sealed partial class ReadmeSpecs
{
    [Fact]
    public void Every_code_that_a_service_answers_is_in_the_table_of_codes()
    {
        var codes = Directory.EnumerateFiles(Path.Combine(TestServers.Root, "services"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Code().Matches(File.ReadAllText(file))).Select(match => match.Groups["code"].Value).ToHashSet();
        Assert.True(codes.Count > 200, $"only {codes.Count} codes were found");
        var page = File.ReadAllText(Path.Combine(TestServers.Root, "README.md"));
        Assert.Empty(codes.Where(code => !page.Contains($"`{code}`", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("""
        (Problem\.Of\(\s*\d+,\s*|Refusal\.(Unknown|Invalid|Conflict|Gone)\(\s*|\b(Wrong|Fail)\([^;"]{0,80}?,\s*|\bLeaveOut\(\s*|new Warning\(\s*|new RowError\([^"]{0,60}?,\s*|\b(Refuse|Said)\([^"]{0,60}?,\s*)(\S+ \? )?"(?<code>[a-z0-9]+(-[a-z0-9]+)*)"
        """)]
    private static partial Regex Code();
}
