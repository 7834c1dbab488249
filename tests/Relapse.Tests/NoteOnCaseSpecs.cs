using CsCheck;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse.Tests;

public sealed class NoteOnCaseSpecs
{
    static readonly Guid Id = Scripted.Id, About = Guid.Parse("0198c0de-0000-7000-8000-0000000000e1");
    static readonly HouseholdEnrolled Enrolled = new(Id, "410325111201", HouseholdCategory.LiftedOut, 3, new(2023, 1, 5));
    static readonly NoteOnCase.Row Row = new(Id, About, "入户人数应为 3 人", "核实表 7", new(2026, 6, 1));
    static readonly CaseNoteAdded Noted = new(Id, About, "入户人数应为 3 人", "核实表 7", new(2026, 6, 1));

    readonly Specification<Household> household = new();

    static Func<Household, Decision> Noting(NoteOnCase.Row row, bool isTheirs = true) => it => NoteOnCase.Decide(it, row, isTheirs, Occasions.Now);

    [Fact]
    public void A_note_stands_beside_what_was_said() => household.Given(Enrolled).When(Noting(Row)).Then(Noted);

    [Fact]
    public void The_same_note_again_changes_nothing() => household.Given(Enrolled, Noted).When(Noting(Row)).ThenNothing();

    [Fact]
    public void There_may_be_another_on_the_same() =>
        household.Given(Enrolled, Noted).When(Noting(Row with { Text = "日期有误" })).Then(Noted with { Text = "日期有误" });

    [Fact]
    public void A_note_on_what_was_said_of_others_is_refused() => household.Given(Enrolled).When(Noting(Row, isTheirs: false)).ThenRefused("event-unknown");

    [Fact]
    public void A_day_that_has_not_come_is_refused() => household.Given(Enrolled).When(Noting(Row with { On = new(2026, 6, 3) })).ThenRefused("day-in-future");

    [Fact]
    public void Deciding_twice_never_says_more_than_deciding_once()
    {
        var row = Gen.Select(Gen.OneOf(Gen.Const("日期有误"), Gen.Const("人数有误")), Gen.Int[1, 3], (text, day) => Row with { Text = text, On = new(2026, 6, day) });
        row.Array[1, 20].Sample(
            rows => Idempotence.Holds(new Household().Evolve(Enrolled), rows, (it, one, at) => NoteOnCase.Decide(it, one, one.On.Day != 2, at)), iter: 300);
    }
}
