using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts.Alerting;
using Monitoring.Hosting;

namespace Monitoring.Alerting;

/// <summary>All versions of a county's receivers. Folded from the stream <c>receivers/{tenant}</c>.</summary>
public sealed record ReceiverBook : IState<ReceiverBook>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public ImmutableList<ReceiverTable> Tables { get; init; } = [];

    /// <summary>The receivers in effect: the version published last.</summary>
    public ReceiverTable Table => Tables is [.., var last] ? last : ReceiverTable.Shipped;

    /// <summary>Names of the receivers in effect.</summary>
    internal string[] Names => [.. Table.Receivers.Select(one => one.Name)];

    public ReceiverBook Evolve(object happened) => happened switch
    {
        ReceiversPublished e => this with { Tables = Tables.Add(e.Table) },
        _ => this,
    };

    internal static string Stream(string tenant) => $"receivers/{tenant}";

    internal static async Task<ReceiverBook> Of(IQuerySession session, string tenant, CancellationToken cancel) =>
        await session.LoadAsync<ReceiverBook>(Stream(tenant), cancel) ?? new ReceiverBook();
}
