using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;

namespace Monitoring.Environment;

/// <summary>The months whose raw detail lies in files. Folded from the stream <c>archive/{tenant}</c>.</summary>
public sealed record ArchiveBook : IState<ArchiveBook>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>Months, e.g. <c>2021-01</c>.</summary>
    public ImmutableSortedSet<string> Months { get; init; } = [];

    public ArchiveBook Evolve(object happened) => happened is MonthArchived e ? this with { Months = Months.Add(e.Month) } : this;

    internal static string Stream(string tenant) => $"archive/{tenant}";

    internal static async Task<ArchiveBook> Of(IQuerySession session, string tenant, CancellationToken cancel) =>
        await session.LoadAsync<ArchiveBook>(Stream(tenant), cancel) ?? new ArchiveBook();

    internal static readonly Refusal IsArchived = Refusal.Conflict("month-archived",
        "该月原始数据已归档，不能再上报或修订。", "The month's raw detail is in the archive; nothing can be added or changed.", "time");
}
