using Monitoring.Hosting;
using Xunit;

namespace Monitoring.Testing;

/// <summary>The guard of every decider: a row decided again, on what it changed itself, says nothing new.</summary>
public static class Idempotence
{
    /// <summary>Decides each row twice, on the history that the rows before it made.</summary>
    public static void Holds<TState, TRow>(TState state, IEnumerable<TRow> rows, Func<TState, TRow, Occasion, Decision> decide)
        where TState : class, IState<TState>, new()
    {
        foreach (var row in rows)
        {
            var first = decide(state, row, Occasions.Now);
            state = first.Aggregate(state, (known, happened) => known.Evolve(happened));
            var again = decide(state, row, Occasions.Now);
            Assert.True(again.ChangesNothing);
            Assert.Equal(first.Refusal?.Code, again.Refusal?.Code);
        }
    }
}
