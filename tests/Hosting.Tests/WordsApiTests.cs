namespace Monitoring.Hosting.Tests;

/// <summary>What clerks write for codes and units is taken where it can mean one thing only.</summary>
public sealed class WordsApiTests(Services services)
{
    [Theory]
    [InlineData("/v1/investments", """{"project":"P05-1-01","month":"2023-05","amount":12}""")]
    [InlineData("/v1/funds", """{"project":"P05-1-01","month":"2023-05","source":"special_bond","amount":12}""")]
    [InlineData("/v1/annual-plans", """{"project":"P05-1-01","year":2023,"amount":1200}""")]
    [InlineData("/v1/project-details", """{"code":"P05-1-01","total":1200}""")]
    [InlineData("/v1/project-details", """{"code":"P05-1-01","funding":{"special_bond":"1200"}}""")]
    public async Task An_amount_without_its_unit_is_refused(string path, string row)
    {
        var answer = await services.Post("Projects", $"{path}?dryRun=true", "application/json", row);
        Assert.Equal((422, "1 unit missing"), (answer.Status, Assert.Single(answer.Errors)));
        var said = await services.Post("Projects", $"{path}?dryRun=true", "application/json", row[..^1] + ""","unit":"亿元"}""");
        Assert.Equal(200, said.Status);
    }

    [Fact]
    public async Task A_description_without_an_amount_needs_no_unit() => Assert.Equal(200, (await services.Post(
        "Projects", "/v1/project-details?dryRun=true", "application/json", """{"code":"P05-1-01","owner":"示例公司"}""")).Status);

    [Theory]
    [InlineData("""{"专项债券":"3000","自筹":"2000"}""", 200)]
    [InlineData("""{"special_bond":"3000","self_raised":"2000"}""", 200)]
    [InlineData("""{"众筹":"3000"}""", 422)]
    public async Task Sources_of_funds_are_called_by_code_or_name(string funding, int status) => Assert.Equal(status, (await services.Post(
        "Projects", "/v1/project-details?dryRun=true", "application/json",
        $$"""{"code":"P05-1-01","unit":"万元","funding":{{funding}}}""")).Status);

    [Theory]
    [InlineData("PM2.5", "正常")]
    [InlineData("细颗粒物", "N")]
    [InlineData("可吸入颗粒物 PM10", "校准")]
    public async Task Pollutants_and_flags_are_called_by_code_or_name(string pollutant, string flag)
    {
        const string hour = "2023-08-02 09:00";
        var named = await Reading(hour, pollutant, flag);
        Assert.Equal(200, named.Status);
        var code = pollutant.EndsWith("10", StringComparison.Ordinal) ? "a34002" : "a34004";
        var same = await Reading(hour, code, flag == "校准" ? "C" : "N");
        Assert.Equal((200, 1), (same.Status, same.Number("duplicates")));
    }

    [Theory]
    [InlineData("细颗粒", "N", "1 pollutant not-a-code")]
    [InlineData("二氧化硫", "N", "1 pollutant pollutant-undeclared")]
    [InlineData("PM2.5", "好", "1 flag unknown-code")]
    public async Task What_no_code_is_called_is_refused(string pollutant, string flag, string error) =>
        Assert.Equal(error, Assert.Single((await Reading("2023-08-02 10:00", pollutant, flag)).Errors));

    Task<Answer> Reading(string time, string pollutant, string flag) => services.Post("Environment", "/v1/readings", "application/json",
        $$"""[{"station":"MN1","time":"{{time}}","pollutant":"{{pollutant}}","value":21,"flag":"{{flag}}"}]""");
}
