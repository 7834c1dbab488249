using CsCheck;
using Monitoring.Evaluation.Log;

namespace Monitoring.Evaluation.Tests;

/// <summary>What an audit says of rows that are not as they were logged.</summary>
public sealed class ComparisonSpecs
{
    static LedgerRow Row(int position, string data = "{}") => new(
        position, new Guid(position, 0, 0, new byte[8]), "a.b.v1", "1", "s", position, DateTimeOffset.UnixEpoch, null, null, null, null, data);

    static readonly List<LedgerRow> logged = [.. Enumerable.Range(1, 600).Select(position => Row(3 * position))];

    static IReadOnlyList<LogFinding> Compare(IEnumerable<LedgerRow> rows)
    {
        var comparison = new Comparison();
        var sorted = rows.OrderBy(row => row.Position).ToList();
        var after = 0L;
        foreach (var page in logged.Select((row, index) => new LoggedLeaf(index, row.Position, row.Id, row.Leaf())).Chunk(256))
        {
            comparison.Compare(page, [.. sorted.Where(row => row.Position > after && row.Position <= page[^1].Position)]);
            after = page[^1].Position;
        }

        return comparison.Done();
    }

    [Fact]
    public void Rows_as_they_were_logged_give_nothing() => Assert.Empty(Compare(logged));

    [Fact]
    public void A_change_a_removal_an_insertion_and_a_swap_are_told_apart_and_named() =>
        Gen.Shuffle(Enumerable.Range(0, 600).ToArray(), 4).Select(Gen.Int[0, 598]).Sample((picked, beside) =>
        {
            var rows = logged.ToDictionary(row => row.Position);
            var (changed, removed, one, other) = (logged[picked[0]], logged[picked[1]], logged[picked[2]], logged[picked[3]]);
            rows[changed.Position] = changed with { Data = """{"a":1}""" };
            rows.Remove(removed.Position);
            var inserted = Row(3 * beside + 4);
            rows[inserted.Position] = inserted;
            (rows[one.Position], rows[other.Position]) = (other with { Position = one.Position }, one with { Position = other.Position });

            var findings = Compare(rows.Values);
            (LogFindingKind, Guid?)[] expected =
            [
                (LogFindingKind.Changed, changed.Id), (LogFindingKind.Removed, removed.Id), (LogFindingKind.Inserted, inserted.Id),
                (LogFindingKind.Reordered, one.Id), (LogFindingKind.Reordered, other.Id),
            ];
            return findings.Select(finding => (finding.Kind, finding.EventId)).ToHashSet().SetEquals(expected) && findings.Count == 5;
        }, iter: 200);

    [Fact]
    public void Contents_that_were_exchanged_are_two_changes()
    {
        var rows = logged.ToList();
        (rows[3], rows[300]) = (rows[3] with { Version = rows[300].Version }, rows[300] with { Version = rows[3].Version });
        Assert.Equal([(LogFindingKind.Changed, 3L), (LogFindingKind.Changed, 300L)], Compare(rows).Select(finding => (finding.Kind, finding.Index!.Value)));
    }
}
