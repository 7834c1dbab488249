using Monitoring.Contracts;
using Monitoring.Evaluation.Reconcile;

namespace Monitoring.Evaluation.Tests;

/// <summary>What a source states and what the ledger holds, side by side.</summary>
public sealed class DifferenceSpecs
{
    static readonly DateTimeOffset upTo = new(2026, 11, 24, 3, 0, 0, TimeSpan.Zero);

    static StatedVersion Event(long version, string hash = "a", int minutes = -1, string stream = "project/410325/p1") => new(
        stream, version, new Guid((int)version, 0, 0, new byte[8]), "projects.investment-reported.v1", upTo.AddMinutes(minutes), hash);

    static IEnumerable<string> Between(IEnumerable<StatedVersion> stated, IEnumerable<StatedVersion> held) =>
        Difference.Between("projects", stated, held, upTo).Select(one => $"{one.Kind} {one.Stream} {one.Version}");

    [Fact]
    public void The_same_is_no_difference() => Assert.Empty(Between([Event(1), Event(2)], [Event(2), Event(1)]));

    [Fact]
    public void What_the_source_recorded_only_now_is_not_missing_yet() =>
        Assert.Equal(["Missing project/410325/p1 2"], Between([Event(1), Event(2), Event(3, minutes: 1)], [Event(1)]));

    [Fact]
    public void What_the_source_does_not_have_is_extra_whenever_it_was_recorded() =>
        Assert.Equal(["Extra project/410325/p1 2"], Between([Event(1)], [Event(1), Event(2, minutes: 1)]));

    [Fact]
    public void Another_content_or_another_id_in_the_same_place_differs() => Assert.Equal(
        ["Differs project/410325/p1 1", "Differs project/410325/p1 2"],
        Between([Event(1), Event(2)], [Event(1, hash: "b"), Event(2) with { Id = Guid.Empty }]));
}
