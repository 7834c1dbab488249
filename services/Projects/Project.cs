using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;

namespace Monitoring.Projects;

/// <summary>
/// A plan item (规划项目) as it stands. Folded from its stream <c>project/{tenant}/{code}</c> and kept beside it in the
/// same transaction.
/// </summary>
public sealed record Project : IState<Project>
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>The registration; null while nobody has registered it.</summary>
    public ProjectRegistered? Registration { get; init; }

    public Stage Stage { get; init; }

    /// <summary>The day the project entered its stage; null for the stage it was registered in.</summary>
    public DateOnly? StageSince { get; init; }

    /// <summary>Investment in force by month.</summary>
    public ImmutableDictionary<string, Money> Investment { get; init; } = ImmutableDictionary<string, Money>.Empty;

    public Project Evolve(object happened) => happened switch
    {
        ProjectRegistered e => this with { Registration = e, Stage = Registration is null ? e.Stage : Stage },
        StageAdvanced e => this with { Stage = e.To, StageSince = e.On },
        InvestmentReported e => this with { Investment = Investment.SetItem(e.Month, e.Amount) },
        InvestmentRevised e => this with { Investment = Investment.SetItem(e.Month, e.Amount) },
        _ => this,
    };

    internal static string Stream(string tenant, string code) => $"project/{tenant}/{code}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/projects", async (Caller caller, Page page, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var total = await session.Query<Project>().CountAsync(cancel);
            var after = Stream(caller.Tenant, page.After);
            var found = await session.Query<Project>().Where(one => one.Id.CompareTo(after) > 0)
                .OrderBy(one => one.Id).Take(page.Limit).ToListAsync(cancel);
            var next = found.Count == page.Limit ? found[^1].Registration!.Code : null;
            return new Listing<Entry>([.. found.Select(Entry.Of)], next, total);
        }).RequireRight("projects:read").Produces<Entry[]>();

        routes.MapGet("/v1/projects/{code}", async (
            string code, Caller caller, HttpContext http, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            var stream = Stream(caller.Tenant, code);
            if (await session.LoadAsync<Project>(stream, cancel) is not { } found)
                return Problem.Of(404, "project-unknown", new("没有此项目。", "There is no such project."));
            // What If-Match of a later command may name.
            if (await session.Events.FetchStreamStateAsync(stream, cancel) is { } state)
                http.Response.Headers.ETag = $"\"{state.Version}\"";
            return Results.Ok(Entry.Of(found));
        }).RequireRight("projects:read").Produces<Entry>();
    }

    /// <summary>A project as it is answered; money in 元.</summary>
    public sealed record Entry(
        string Code, string Name, ProjectKind Kind, int Box, string BoxTitle, int Group, string? GroupTitle, int Seq,
        Stage Stage, DateOnly? StageSince, decimal InvestedYuan, IReadOnlyDictionary<string, Money> Investment, string[] Notes)
    {
        internal static Entry Of(Project project)
        {
            var e = project.Registration!;
            return new Entry(
                e.Code, e.Name, e.Kind, e.Box, e.BoxTitle, e.Group, e.GroupTitle, e.Seq, project.Stage, project.StageSince,
                project.Investment.Values.Sum(amount => amount.Units),
                new SortedDictionary<string, Money>(project.Investment, StringComparer.Ordinal), e.Notes);
        }
    }
}
