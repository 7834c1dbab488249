using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Monitoring.Contracts.Tests;

/// <summary>Independence is a test: no service can come to know another.</summary>
public sealed partial class ProjectGraphTests
{
    static readonly string services = Path.Combine(TestServers.Root, "services");

    static IEnumerable<string> Names =>
        Directory.GetDirectories(services).Select(Path.GetFileName).OfType<string>().Where(name => name != "Hosting");

    static XDocument Project(string path) => XDocument.Load(Path.Combine(TestServers.Root, path));

    static string[] References(XDocument project) =>
        [.. project.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).Order()];

    [Fact]
    public void A_service_references_contracts_and_hosting_and_nothing_else() => Assert.All(Names, name =>
        Assert.Equal(["Contracts", "Hosting"], References(Project($"services/{name}/{name}.csproj"))));

    [Fact]
    public void Contracts_reference_nothing_at_all()
    {
        var contracts = Project("contracts/Contracts.csproj");
        Assert.Empty(References(contracts));
        Assert.Empty(contracts.Descendants("PackageReference"));
    }

    [Fact]
    public void Hosting_knows_contracts_only() => Assert.Equal(["Contracts"], References(Project("services/Hosting/Hosting.csproj")));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(TestServers.Root, "Monitoring.sln")).Replace('\\', '/');
        var projects = new[] { "contracts", "services", "tests" }.SelectMany(folder =>
            Directory.GetFiles(Path.Combine(TestServers.Root, folder), "*.csproj", SearchOption.AllDirectories));
        Assert.All(projects, project => Assert.Contains(
            Path.GetRelativePath(TestServers.Root, project), solution, StringComparison.Ordinal));
    }

    [Fact]
    public void No_service_names_another_services_namespace() => Assert.All(Names, name => Assert.All(
        Directory.GetFiles(Path.Combine(services, name), "*.cs", SearchOption.AllDirectories),
        file => Assert.DoesNotContain(
            Used().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value),
            used => used != name && Names.Contains(used))));

    [GeneratedRegex(@"using Monitoring\.(\w+)")]
    private static partial Regex Used();
}
