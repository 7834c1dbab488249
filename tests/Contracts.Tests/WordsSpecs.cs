using System.Reflection;
using System.Text.RegularExpressions;
using Monitoring.Contracts.Indicators;

namespace Monitoring.Contracts.Tests;

/// <summary>Every code and every field that a push reads has its Chinese terms, and no term means two things.</summary>
public sealed partial class WordsSpecs
{
    static readonly string services = Path.Combine(TestServers.Root, "services");

    static readonly List<Type> enums = [.. typeof(CalledAttribute).Assembly.GetExportedTypes().Where(type => type.IsEnum)];

    // What binders read, as their sources have it: class, method, and the fields it names.
    static readonly List<(string File, string Class, string Method, string Body)> methods = [.. Sources().SelectMany(MethodsOf)];

    static readonly ILookup<string, (string Class, string Path)> paths = Sources().SelectMany(source => Maps().Matches(source.Text)
            .Select(map => (ClassOf(source.Text, map.Index), Path: map.Groups[1].Value, Binder: map.Groups[2].Value)))
        .ToLookup(
            map => map.Binder.Contains('.', StringComparison.Ordinal) ? map.Binder : $"{map.Item1}.{map.Binder}", map => (map.Item1, map.Path));

    [Fact]
    public void Every_code_has_a_chinese_term_that_no_other_has() => Assert.All(enums, type =>
    {
        var terms = Enum.GetNames(type).SelectMany(name =>
        {
            var called = type.GetField(name)!.GetCustomAttribute<CalledAttribute>();
            Assert.True(called is not null, $"{type.Name}.{name} is not called anything.");
            return called.Also.Prepend(called.Official);
        }).ToList();
        Assert.Equal(terms.Distinct(), terms);
        Assert.All(terms, term => Assert.Equal(term.Trim(), term));
    });

    [Fact]
    public void Every_enumeration_that_a_push_reads_is_one_of_the_contracts()
    {
        var read = Sources().SelectMany(source => Enumerations().Matches(source.Text)).Select(match => match.Groups[1].Value.Split('.')[^1]).Distinct().ToList();
        Assert.True(read.Count > 40, "The sources are not where they were.");
        Assert.Equal([], read.Except(enums.Select(type => type.Name)));
    }

    [Fact]
    public void A_verdict_is_called_the_same_everywhere() => Assert.All(Enum.GetValues<Verdict>(), verdict => Assert.Equal(
        typeof(Verdict).GetField($"{verdict}")!.GetCustomAttribute<CalledAttribute>()!.Official, Verdicts.NameOf(verdict).Zh));

    [Fact]
    public void Every_field_that_a_push_reads_has_a_chinese_term()
    {
        var read = Sources().SelectMany(source => FieldsOf(source.Text)).Distinct().ToList();
        Assert.True(read.Count > 200, "The sources are not where they were.");
        Assert.DoesNotContain(read, field => FieldNames.Of("", field).Count == 0);
    }

    [Fact]
    public void No_two_fields_of_one_push_share_a_term()
    {
        var shared = new List<string>();
        var pushes = 0;
        foreach (var (_, type, method, body) in methods)
        {
            foreach (var path in paths[$"{type}.{method}"].Select(one => one.Path).Distinct())
            {
                pushes++;
                var fields = Whole(body).Distinct().ToList();
                shared.AddRange(fields.SelectMany(field => FieldNames.Of(path, field).Distinct(), (field, term) => (field, term))
                    .GroupBy(one => one.term).Where(same => same.Count() > 1)
                    .Select(same => $"{path}: {same.Key} is {string.Join(" and ", same.Select(one => one.field))}"));
            }
        }

        Assert.True(pushes > 60, $"Only {pushes} pushes were found.");
        Assert.Empty(shared);
    }

    [Fact]
    public void The_terms_of_one_push_stand_before_the_general_ones()
    {
        Assert.Equal("数据状态", FieldNames.Official("/v1/values", "status"));
        Assert.Equal("本月完成投资", FieldNames.Official("/v1/investments", "amount"));
        Assert.Equal("金额", FieldNames.Official("/v1/elsewhere", "amount"));
        Assert.Equal("nobodyReadsThis", FieldNames.Official("/v1/values", "nobodyReadsThis"));
    }

    /// <summary>The fields of a binder and of the binders it calls.</summary>
    static IEnumerable<string> Whole(string body) => FieldsOf(body)
        .Concat(Calls().Matches(body).SelectMany(call => methods.Where(one => one.Method == call.Groups[1].Value && one.Method != "Bind"))
            .SelectMany(one => FieldsOf(one.Body)))
        .Concat(body.Contains(".Village", StringComparison.Ordinal) ? ["village"] : [])
        .Concat(body.Contains(".PollutantCode", StringComparison.Ordinal) ? ["pollutant"] : []);

    // A field with a capital is a column of SDMX, which has its names from the standard.
    static IEnumerable<string> FieldsOf(string text) => Getters().Matches(text).Select(match => match.Groups[1].Value);

    static IEnumerable<(string File, string Text)> Sources() => Directory.EnumerateFiles(services, "*.cs", SearchOption.AllDirectories)
        .Where(file => !file[services.Length..].Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "Hosting"))
        .Select(file => (file, File.ReadAllText(file)));

    static IEnumerable<(string File, string Class, string Method, string Body)> MethodsOf((string File, string Text) source) =>
        Binders().Matches(source.Text).Select(match =>
        {
            var rest = source.Text[match.Index..];
            return (source.File, ClassOf(source.Text, match.Index), match.Groups[1].Value, rest[..(End().Match(rest) is { Success: true, Index: var end } ? end : rest.Length)]);
        });

    static string ClassOf(string text, int index) => Classes().Matches(text[..index])[^1].Groups[1].Value;

    [GeneratedRegex(@"Enum(?:OrNull|s)?<([\w.]+)>\(")]
    private static partial Regex Enumerations();

    [GeneratedRegex("""
        (?:\.(?:PlainText|Text|CodeOrName|Code|Number|Whole|Days?|Period|Instant|Ids?|Enums?|Flag|Has|Remarks|Map|List|MoneyUnit|Unit)(?:OrNull|OrNone)?(?:<[\w.]+>)?\((?:prefix \+ )?|\b(?:Yuan|Year|Time|Matching)\((?:row, )?)"([a-z]\w*)"
        """)]
    private static partial Regex Getters();

    [GeneratedRegex(@"^ +(?:\w+ )*static [^;=(\n]*?(\w+)\(Fields \w+[^)\n]*\)", RegexOptions.Multiline)]
    private static partial Regex Binders();

    [GeneratedRegex(@"\n    \}|;\n(?=\n|\})")]
    private static partial Regex End();

    [GeneratedRegex(@"\b(?!Bind\()(\w+)\(row\b")]
    private static partial Regex Calls();

    [GeneratedRegex("""
        Map(?:Import|Registration|Rows|Command)(?:<[^(]*>)?\(\s*"(/v1[^"]+)",[^;]*?\b((?:\w+\.)?Bind\w*)\b
        """)]
    private static partial Regex Maps();

    [GeneratedRegex(@"^(?:public |internal )?(?:static |sealed )*(?:partial )*(?:static )?(?:class|record) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Classes();
}
