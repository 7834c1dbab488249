using System.Text;

namespace Monitoring.Hosting.Tests;

/// <summary>Relations between figures are published, hold pushes together, ask for explanations and keep them.</summary>
public sealed class RelationsApiTests(Services services)
{
    Task<Answer> Values(string body) => services.Post("Indicators", "/v1/values", "application/json", body);

    Task<Answer> Put(string version, string body) =>
        services.Send("Indicators", HttpMethod.Put, $"/v1/relation-sets/{version}", "application/json", Encoding.UTF8.GetBytes(body));

    async Task<string[]> Doubts(string open) =>
    [
        .. (await services.Send("Indicators", HttpMethod.Get, $"/v1/relations?open={open}&indicator=rel-total", null, null)).Json.GetProperty("items").EnumerateArray()
            .Select(doubt => $"{doubt.GetProperty("relation").GetString()} {doubt.GetProperty("period").GetString()} {doubt.GetProperty("difference").GetDecimal()}"),
    ];

    static string Row(string code, decimal value, string period = "2021") => $$"""{"indicator":"{{code}}","period":"{{period}}","value":{{value}},"status":"final"}""";

    [Fact]
    public async Task Figures_are_held_against_each_other_from_publication_to_explanation()
    {
        var defined = await services.Post("Indicators", "/v1/indicators", "text/csv", "code,name,unit,attribute,direction,plan,planRef\n" +
            "rel-total,合计,亿元,expected,increase,rel,x\nrel-a,一产,亿元,expected,increase,rel,x\nrel-b,二产,万元,expected,increase,rel,x\nrel-growth,增速,%,expected,increase,rel,x\n");
        Assert.Equal(4, defined.Number("accepted"));

        const string sum = """{"code":"sum","kind":"sum_of_parts","severity":"hard","indicator":"rel-total","parts":["rel-a","rel-b"],"tolerance":0.05,"source":"核算制度"}""";
        const string growth = """{"code":"growth","kind":"same_of_last_year","severity":"soft","indicator":"rel-growth","parts":["rel-total"],"tolerance":0.1,"source":"核算制度"}""";
        string Set(params string[] relations) => $$"""{"effectiveFrom":"2020-01-01","reason":"年报审核","relations":[{{string.Join(',', relations)}}]}""";
        (await Put("rel-0", Set(sum.Replace("rel-b", "rel-c", StringComparison.Ordinal)))).IsProblem(404, "indicator-unknown");
        (await Put("rel-0", Set(sum.Replace("rel-b", "rel-growth", StringComparison.Ordinal)))).IsProblem(409, "unit-differs");
        Assert.Equal(201, (await Put("rel-1", Set(sum, growth))).Status);
        Assert.Equal(200, (await Put("rel-1", Set(sum, growth))).Status);
        (await Put("rel-1", Set(sum))).IsProblem(422, "relations-differ");

        // Parts and total in one push, in any order; what does not add up is refused.
        var wrong = await Values($"[{Row("rel-total", 190)},{Row("rel-a", 30)},{Row("rel-b", 600_000)}]");
        Assert.Equal(["1 value relation-broken", "2 value relation-broken", "3 value relation-broken"], wrong.Errors);
        Assert.Equal(3, (await Values($"[{Row("rel-total", 90)},{Row("rel-b", 600_000)},{Row("rel-a", 30)}]")).Number("accepted"));
        Assert.Equal(["1 value relation-broken"], (await Values(Row("rel-a", 31).Replace("}", ",\"reason\":\"漏报\"}", StringComparison.Ordinal))).Errors);
        Assert.Equal(1, (await Values(Row("rel-total", 99, "2022"))).Number("accepted"));

        // 90 → 99 is 10 %.
        var doubtful = await Values(Row("rel-growth", 12, "2022"));
        Assert.Equal(1, doubtful.Number("accepted"));
        Assert.Contains("relation-doubtful", doubtful.Body, StringComparison.Ordinal);
        Assert.Equal(["growth 2022 2"], await Doubts("true"));

        const string said = """{"indicator":"rel-growth","period":"2022","relation":"growth","explanation":"增速按不变价计算"}""";
        Assert.Equal(1, (await services.Post("Indicators", "/v1/explanations", "application/json", said)).Number("accepted"));
        Assert.Equal(1, (await services.Post("Indicators", "/v1/explanations", "application/json", said)).Number("duplicates"));
        Assert.Equal(["1 relation relation-unknown"], (await services.Post("Indicators", "/v1/explanations", "application/json", said.Replace("\"growth\"", "\"none\"", StringComparison.Ordinal))).Errors);
        Assert.Empty(await Doubts("true"));
        Assert.Equal(["growth 2022 2"], await Doubts("false"));

        // Another figure is another doubt.
        await Values(Row("rel-growth", 13, "2022").Replace("}", ",\"reason\":\"更正\"}", StringComparison.Ordinal));
        Assert.Equal(["growth 2022 3"], await Doubts("true"));
        // The set no longer concerns other tests.
        Assert.Equal(201, (await Put("rel-2", Set())).Status);
    }
}
