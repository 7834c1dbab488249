using System.Collections.Immutable;
using JasperFx.Events;
using Monitoring.Contracts.Projects;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>What the ledger knows of one project: its stage and the investment completed since the start (开工以来累计完成投资).</summary>
public sealed record ProjectStanding
{
    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    public string Code { get; init; } = "";

    public string Name { get; init; } = "";

    public ProjectKind Kind { get; init; }

    /// <summary>Number of the plan's column (专栏).</summary>
    public int Box { get; init; }

    public Stage Stage { get; init; }

    /// <summary>The day it entered its stage; null for the stage it was registered in.</summary>
    public DateOnly? StageSince { get; init; }

    /// <summary>When each stage was entered, without those that were taken back.</summary>
    public ImmutableList<StageEntered> Entered { get; init; } = [];

    /// <summary>责任单位.</summary>
    public string? Responsible { get; init; }

    /// <summary>总投资, 元.</summary>
    public decimal? TotalYuan { get; init; }

    /// <summary>The overall lamp as last published; green where none was.</summary>
    public Lamp Lamp { get; init; } = Lamp.Green;

    /// <summary>Sum of all months in force, 元.</summary>
    public decimal InvestedYuan { get; init; }

    /// <summary>Latest month with a report.</summary>
    public string? LatestMonth { get; init; }

    /// <summary>When the ledger's latest event of it was recorded at the source, UTC.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Ledger position of that event.</summary>
    public long Position { get; init; }

    public string[] Notes { get; init; } = [];

    /// <summary>Feeds of investments that are late or do not change any more, as known when it is read; null where there are none.</summary>
    public IReadOnlyList<StaleFeed>? Stale { get; init; }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/projects", async (
        string? code, string? stage, int? box, string? asOf, Caller caller, Page page, HttpContext http, NpgsqlDataSource database, CancellationToken cancel) =>
    {
        if (stage is not null && !Codes<Stage>.ByCode.ContainsKey(stage))
            return Problem.Of(400, "unknown-code", new($"stage 应为以下之一：{Codes<Stage>.List}。", $"stage must be one of: {Codes<Stage>.List}."));
        var (known, misasked) = await AsOf.Read(asOf, http);
        if (misasked is not null) return misasked;
        // A county has some hundred projects, so what is asked for is picked out of all.
        var found = (await StandingHistory.Read<ProjectStanding>(database, caller.Tenant, ProjectStandings.View, known ?? AsOf.Latest, cancel))
            .Where(one => (code is null || one.Code == code) && (stage is null || one.Stage == Codes<Stage>.ByCode[stage]) && (box is null || one.Box == box))
            .OrderBy(one => one.Code, StringComparer.Ordinal).ToList();
        var stale = await FeedStanding.Stale(database, caller.Tenant, known ?? AsOf.Latest, Language.IsEnglish(http), cancel);
        var shown = found.Where(one => string.CompareOrdinal(one.Code, page.After) > 0).Take(page.Limit)
            .Select(one => one with { Stale = FeedStanding.Behind(stale, "projects", one.Id, null) }).ToList();
        return (IResult)new Listing<ProjectStanding>(
            shown, shown.Count == page.Limit ? shown[^1].Code : null, found.Count, await Doubts.Of(database, caller.Tenant, cancel, ProjectStandings.View));
    }).RequireRight("evaluation:read").ProducesPage<ProjectStanding>();
}

/// <summary>Builds <see cref="ProjectStanding"/> from the ledger.</summary>
public static class ProjectStandings
{
    /// <summary>Its name in the kept history.</summary>
    internal const string View = "projects";

    /// <summary>What it is made of.</summary>
    internal static readonly Type[] Types =
    [
        typeof(ProjectRegistered), typeof(StageAdvanced), typeof(StageCorrected), typeof(ProjectReinstated), typeof(ProjectDescribed),
        typeof(LampChanged), typeof(InvestmentReported), typeof(InvestmentRevised),
    ];

    public static ProjectStanding Evolve(ProjectStanding? snapshot, string id, IEvent e)
    {
        var standing = (snapshot ?? new ProjectStanding { Id = id }) with { UpdatedAt = e.Timestamp, Position = e.Sequence };
        return e.Data switch
        {
            ProjectRegistered registered => standing with
            {
                Code = registered.Code, Name = registered.Name, Kind = registered.Kind, Box = registered.Box,
                Stage = snapshot is null ? registered.Stage : standing.Stage, Notes = registered.Notes,
            },
            StageAdvanced advanced => Enter(standing, advanced.To, advanced.On),
            ProjectReinstated reinstated => Enter(standing, reinstated.To, reinstated.On),
            StageCorrected corrected => TakeBack(standing, corrected.To),
            ProjectDescribed described => standing with { Responsible = described.Responsible, TotalYuan = described.Total?.Units },
            LampChanged { Aspect: Aspect.Overall } lamp => standing with { Lamp = lamp.To },
            InvestmentReported reported => standing with
            {
                InvestedYuan = standing.InvestedYuan + reported.Amount.Units,
                LatestMonth = string.CompareOrdinal(reported.Month, standing.LatestMonth) > 0 ? reported.Month : standing.LatestMonth,
            },
            InvestmentRevised revised => standing with
            {
                InvestedYuan = standing.InvestedYuan + revised.Amount.Units - revised.Previous.Units,
            },
            _ => standing,
        };
    }

    static ProjectStanding Enter(ProjectStanding standing, Stage stage, DateOnly on) =>
        standing with { Stage = stage, StageSince = on, Entered = standing.Entered.Add(new(stage, on)) };

    static ProjectStanding TakeBack(ProjectStanding standing, Stage stage)
    {
        var last = standing.Entered.FindLastIndex(entered => entered.Stage == stage);
        var left = standing.Entered.RemoveRange(last + 1, standing.Entered.Count - last - 1);
        return standing with { Stage = stage, Entered = left, StageSince = left.IsEmpty ? null : left[^1].On };
    }
}

/// <summary>A stage entered, and when.</summary>
public sealed record StageEntered(Stage Stage, DateOnly On);
