using System.Text.Json;
using System.Text.RegularExpressions;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;

namespace Monitoring.Relapse.Tests;

/// <summary>Every event that a household's story can hold is a sentence in both languages.</summary>
public sealed partial class StoryTextSpecs
{
    static readonly Type[] elsewhere =
    [
        typeof(AreaRegistered), typeof(AreaCorrected), typeof(RuleSetPublished), typeof(IncomeLineSet), typeof(ReferenceValueSet),
        typeof(TimeLimitsPublished), typeof(CalendarPublished), typeof(SignalSetAside), typeof(SignalMatched), typeof(AsideSignalWithdrawn),
        typeof(ScreeningStarted), typeof(ScreeningCancelled), typeof(ScreeningCompleted), typeof(GroupRiskDetected), typeof(PeopleSearched),
    ];

    public static TheoryData<string> Names => [.. EventTypes.Of("relapse").Except(elsewhere).Select(EventTypes.NameOf)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_event_is_a_sentence(string name)
    {
        var file = Path.Combine(TestServers.Root, "tests/Contracts.Tests/golden", $"{EventTypes.ByName[name].Name}.v1.json");
        var text = StoryText.Of(JsonSerializer.Deserialize(File.ReadAllText(file), EventTypes.ByName[name], EventJson.Options)!);
        Assert.NotNull(text);
        Assert.EndsWith("。", text.Zh, StringComparison.Ordinal);
        Assert.EndsWith(".", text.En, StringComparison.Ordinal);
        // Codes are for programs.
        Assert.DoesNotMatch(Code(), text.Zh);
        Assert.DoesNotMatch(Code(), text.En);
    }

    [GeneratedRegex("[a-z]+_[a-z_]+|[A-Z][a-z]+[A-Z]")]
    private static partial Regex Code();
}
