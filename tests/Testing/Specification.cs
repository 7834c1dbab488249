using System.Text.Json;
using Monitoring.Contracts;
using Monitoring.Hosting;
using Xunit;

namespace Monitoring.Testing;

/// <summary>Given what happened, when this is decided, then this happens. No host, no store, no mocks.</summary>
public sealed class Specification<TState> where TState : class, IState<TState>, new()
{
    TState state = new();
    Decision? decision;

    public Specification<TState> Given(params object[] history)
    {
        state = history.Aggregate(state, (known, happened) => known.Evolve(happened));
        return this;
    }

    public Specification<TState> When(Func<TState, Decision> decide)
    {
        decision = decide(state);
        return this;
    }

    /// <summary>Events compare as JSON: that is what is stored and sent, and records compare arrays by reference.</summary>
    public void Then(params object[] expected)
    {
        Assert.Null(decision!.Refusal);
        Assert.Equal(expected.Select(Shape), decision.Select(Shape));
    }

    public void ThenNothing() => Assert.True(decision is { Refusal: null, ChangesNothing: true });

    public void ThenRefused(string code) => Assert.Equal(code, decision!.Refusal?.Code);

    static string Shape(object happened) =>
        $"{happened.GetType().Name} {JsonSerializer.Serialize(happened, EventJson.Options)}";
}

/// <summary>The occasion on which examples are decided.</summary>
public static class Occasions
{
    /// <summary>2 June 2026, 17:00 in Asia/Shanghai, the statistics bureau (统计局) of 410325 speaking.</summary>
    public static readonly Occasion Now =
        new(new DateTimeOffset(2026, 6, 2, 9, 0, 0, TimeSpan.Zero), new Caller("410325", "统计局", "statistics"));
}
