using System.Text;
using System.Text.Json;

namespace Monitoring.Contracts.Tests;

/// <summary>
/// What was once published must be readable for ever: each event has a golden file that is never edited, and that must
/// read into an event which writes the same bytes.
/// </summary>
public sealed class GoldenEventTests
{
    static readonly string golden = Path.Combine(TestServers.Root, "tests", "Contracts.Tests", "golden");

    public static TheoryData<string> Names => [.. EventTypes.ByName.Keys];

    /// <summary><c>indicators.value-reported.v1</c> has the golden file <c>ValueReported.v1.json</c>.</summary>
    static string FileOf(string name) => Path.Combine(golden, $"{EventTypes.ByName[name].Name}.{name.Split('.')[^1]}.json");

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_event_reads_and_writes_its_golden_file(string name)
    {
        var text = File.ReadAllText(FileOf(name));
        var happened = JsonSerializer.Deserialize(text, EventTypes.ByName[name], EventJson.Options);
        var again = JsonSerializer.SerializeToUtf8Bytes(happened, EventTypes.ByName[name], EventJson.Options);
        Assert.Equal(text, Encoding.UTF8.GetString(again));
    }

    [Fact]
    public void No_golden_file_is_left_without_its_event() => Assert.Equal(
        EventTypes.ByName.Keys.Select(FileOf).Order(StringComparer.Ordinal),
        Directory.GetFiles(golden).Order(StringComparer.Ordinal));
}
