using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>
/// A monitored household (监测户) as it stands, without personal data. Folded from its stream
/// <c>household/{tenant}/{id}</c> and kept beside it in the same transaction.
/// </summary>
public sealed record Household : IState<Household>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>The enrolment; null while the household is not enrolled.</summary>
    public HouseholdEnrolled? Enrolment { get; init; }

    /// <summary>Signals in force, by <c>{department}/{reference}</c>.</summary>
    public ImmutableDictionary<string, SignalReported> Signals { get; init; } = ImmutableDictionary<string, SignalReported>.Empty;

    public Household Evolve(object happened) => happened switch
    {
        HouseholdEnrolled e => this with { Enrolment = e },
        SignalReported e => this with { Signals = Signals.SetItem(Key(e.Department, e.Reference), e) },
        SignalRevised e => this with
        {
            Signals = Signals.SetItem(
                Key(e.Department, e.Reference), new(e.HouseholdId, e.Reference, e.Department, e.Kind, e.Amount, e.On)),
        },
        _ => this,
    };

    internal static string Key(string department, string reference) => $"{department}/{reference}";

    internal static string Stream(string tenant, Guid id) => $"household/{tenant}/{id}";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/households/{id:guid}", async (
        Guid id, Caller caller, IDocumentStore store, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        return await session.LoadAsync<Household>(Stream(caller.Tenant, id), cancel) is { Enrolment: { } e } found
            ? Results.Ok(new Entry(e.HouseholdId, e.Village, e.Category, e.Members, e.On,
                found.Signals.Values.OrderBy(signal => signal.On).ThenBy(signal => signal.Reference, StringComparer.Ordinal)))
            : Problem.Of(404, "household-unknown", new("没有此监测户。", "There is no such household."));
    }).RequireRight("relapse:read").Produces<Entry>();

    /// <summary>A household as it is answered.</summary>
    public sealed record Entry(
        Guid Id, string Village, HouseholdCategory Category, int Members, DateOnly EnrolledOn,
        IEnumerable<SignalReported> Signals);
}
