using System.Collections.Immutable;
using JasperFx.Events;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;
using Npgsql;

namespace Monitoring.Evaluation;

/// <summary>
/// What one stream of the ledger says of a station: its registration, its alarms, or the figures of one month or year. What is known of the
/// station is put together from its streams when it is read, because each stream has its own order of time.
/// </summary>
public sealed record StationStanding
{
    /// <summary>Its name in the kept history.</summary>
    internal const string View = "stations";

    /// <summary>Of streams that differ in no more than month or year, the last says it all.</summary>
    internal const string Latest =
        "case when starts_with(stream, 'figures/') then regexp_replace(stream, '[^/]*$', length(stream)::text) else stream end";

    /// <summary>What it is made of.</summary>
    internal static readonly Type[] Types =
    [
        typeof(StationRegistered), typeof(StationChanged), typeof(LimitExceeded), typeof(ExceedanceEnded), typeof(StationSilent),
        typeof(StationHeard), typeof(DayAssessed), typeof(YearAssessed),
    ];

    /// <summary>Stream key.</summary>
    public string Id { get; init; } = "";

    /// <summary>All registrations in the order of the day they hold from; the first holds from the beginning.</summary>
    public ImmutableList<StationChanged> Registrations { get; init; } = [];

    /// <summary>What is above its limit, by pollutant.</summary>
    public ImmutableSortedDictionary<string, LimitExceeded> Exceeding { get; init; } = ImmutableSortedDictionary<string, LimitExceeded>.Empty;

    /// <summary>The silence that goes on.</summary>
    public StationSilent? Silent { get; init; }

    /// <summary>The last day assessed, as it is in force.</summary>
    public DayAssessed? Day { get; init; }

    /// <summary>The last year assessed, as it is in force.</summary>
    public YearAssessed? Year { get; init; }

    internal static StationStanding Evolve(StationStanding? known, string stream, IEvent happened)
    {
        var standing = known ?? new StationStanding { Id = stream };
        return happened.Data switch
        {
            StationRegistered e => standing.From(new(e.Mn, DateOnly.MinValue, e, "")),
            StationChanged e => standing.From(e),
            LimitExceeded e => standing with { Exceeding = standing.Exceeding.SetItem(e.Pollutant, e) },
            ExceedanceEnded e => standing with { Exceeding = standing.Exceeding.Remove(e.Pollutant) },
            StationSilent e => standing with { Silent = e },
            StationHeard => standing with { Silent = null },
            DayAssessed e when !(e.Day < standing.Day?.Day) => standing with { Day = e },
            YearAssessed e when !(e.Year < standing.Year?.Year) => standing with { Year = e },
            _ => standing,
        };
    }

    StationStanding From(StationChanged change) => this with
    {
        Registrations = Registrations.Insert(Registrations.FindLastIndex(one => one.EffectiveFrom <= change.EffectiveFrom) + 1, change),
    };
}

/// <summary>How a station stands.</summary>
public enum StationState
{
    /// <summary>正常.</summary>
    [Called("正常")]
    Normal,

    /// <summary>超标: something is above its limit.</summary>
    [Called("超标")]
    Exceeding,

    /// <summary>数据中断, whatever was above its limit before.</summary>
    [Called("数据中断")]
    Silent,

    /// <summary>尚无数据: nothing of it was ever assessed.</summary>
    [Called("尚无数据")]
    NoData,
}

/// <summary>An exceedance that goes on.</summary>
/// <param name="Pollutant">Code of HJ 212-2017, HJ 524 or HJ 525.</param>
/// <param name="Since">Beginning of the first hour above the limit, Asia/Shanghai.</param>
/// <param name="Peak">Highest value when it was said, in the standard's unit.</param>
/// <param name="Limit">The limit.</param>
/// <param name="Standard">Version of the standard.</param>
public sealed record StationExceedance(string Pollutant, DateTimeOffset Since, decimal Peak, decimal Limit, string Standard);

/// <summary>One monitoring station as the ledger knows it (监测站点情况表).</summary>
/// <param name="Mn">Equipment number.</param>
/// <param name="Name">Chinese name.</param>
/// <param name="Medium">What it measures.</param>
/// <param name="Area">9-digit township code.</param>
/// <param name="TargetClass">目标类别 of a section, 1 (Ⅰ) to 5 (Ⅴ).</param>
/// <param name="State">How it stands.</param>
/// <param name="StateName">The same in official words.</param>
/// <param name="Exceeding">What is above its limit.</param>
/// <param name="SilentSince">End of the last period it has sent, Asia/Shanghai; null unless it is silent.</param>
/// <param name="Day">The last day assessed, as it is in force.</param>
/// <param name="DayName">Its grade in official words: the level of the air, or the class of the water.</param>
/// <param name="Year">The last year assessed, as it is in force.</param>
/// <param name="YearName">The same of the year: whether the air meets the standard, or the class of the water.</param>
public sealed record StationRow(
    string Mn, string Name, Medium Medium, string Area, int? TargetClass, StationState State, string StateName,
    IReadOnlyList<StationExceedance> Exceeding, DateTimeOffset? SilentSince, DayAssessed? Day, string? DayName, YearAssessed? Year, string? YearName)
{
    static readonly string[] classes = ["Ⅰ类", "Ⅱ类", "Ⅲ类", "Ⅳ类", "Ⅴ类", "劣Ⅴ类"];
    static readonly string[] classesEn = ["class I", "class II", "class III", "class IV", "class V", "worse than class V"];

    /// <summary>The stations by their number, as they were registered for a day.</summary>
    internal static IEnumerable<StationRow> Of(IReadOnlyCollection<StationStanding> known, DateOnly on, bool english)
    {
        var alarms = known.Where(one => one.Silent is not null || one.Exceeding.Count > 0)
            .ToDictionary(one => one.Silent?.Mn ?? one.Exceeding.Values.First().Mn);
        var days = known.Select(one => one.Day).OfType<DayAssessed>().GroupBy(day => day.Subject)
            .ToDictionary(days => days.Key, days => days.MaxBy(day => day.Day)!);
        var years = known.Select(one => one.Year).OfType<YearAssessed>().GroupBy(year => year.Subject)
            .ToDictionary(years => years.Key, years => years.MaxBy(year => year.Year)!);
        return known.Where(one => one.Registrations.Count > 0)
            .Select(one => (one.Registrations.FindLast(change => change.EffectiveFrom <= on) ?? one.Registrations[0]).Registration)
            .OrderBy(station => station.Mn, StringComparer.Ordinal)
            .Select(station => Of(
                station, alarms.GetValueOrDefault(station.Mn), days.GetValueOrDefault(station.Mn), years.GetValueOrDefault(station.Mn), english));
    }

    static StationRow Of(StationRegistered station, StationStanding? alarms, DayAssessed? day, YearAssessed? year, bool english)
    {
        var state = alarms?.Silent is not null ? StationState.Silent
            : alarms is not null ? StationState.Exceeding
            : day is not null ? StationState.Normal : StationState.NoData;
        return new(
            station.Mn, station.Name, station.Medium, station.Area, station.TargetClass, state, NameOf(state).In(english),
            [.. (alarms?.Exceeding.Values ?? []).Select(one => new StationExceedance(
                one.Pollutant, one.From.ToOffset(ChinaTime.Offset), one.Peak, one.Limit, one.Standard))],
            alarms?.Silent?.LastReadingAt.ToOffset(ChinaTime.Offset),
            day, day?.Air?.Level is { } level ? NameOf(level).In(english) : Class(day?.Water, english),
            year, year?.Air?.Meets is { } meets
                ? (meets ? new Text("达标", "meets the standard") : new Text("不达标", "does not meet the standard")).In(english)
                : Class(year?.Water, english));
    }

    static string? Class(WaterSummary? water, bool english) => water?.Class is { } number ? (english ? classesEn : classes)[number - 1] : null;

    static Text NameOf(StationState state) => new(Codes<StationState>.Official[state], state switch
    {
        StationState.Normal => "normal",
        StationState.Exceeding => "above a limit",
        StationState.Silent => "silent",
        _ => "no data yet",
    });

    static Text NameOf(AirLevel level) => new(Codes<AirLevel>.Official[level], level switch
    {
        AirLevel.Excellent => "excellent",
        AirLevel.Good => "good",
        AirLevel.LightlyPolluted => "lightly polluted",
        AirLevel.ModeratelyPolluted => "moderately polluted",
        AirLevel.HeavilyPolluted => "heavily polluted",
        _ => "severely polluted",
    });

    /// <summary>Maps <c>GET /v1/stations</c>. Query: <c>mn</c>, <c>medium</c>, <c>state</c>, <c>asOf</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/stations", async (
        string? mn, string? medium, string? state, string? asOf, Caller caller, Page page, HttpContext http, NpgsqlDataSource database,
        TimeProvider clock, CancellationToken cancel) =>
    {
        if (medium is not null && !Codes<Medium>.ByCode.ContainsKey(medium))
            return Problem.Of(400, "unknown-code", new($"medium 应为以下之一：{Codes<Medium>.List}。", $"medium must be one of: {Codes<Medium>.List}."));
        if (state is not null && !Codes<StationState>.ByCode.ContainsKey(state))
            return Problem.Of(400, "unknown-code", new(
                $"state 应为以下之一：{Codes<StationState>.List}。", $"state must be one of: {Codes<StationState>.List}."));
        var (asked, misasked) = await AsOf.Read(asOf, http);
        if (misasked is not null) return misasked;
        var known = await StandingHistory.Read<StationStanding>(
            database, caller.Tenant, StationStanding.View, asked ?? AsOf.Latest, cancel, StationStanding.Latest);
        var found = Of(known, ChinaTime.Day(asked?.At ?? clock.GetUtcNow()), Language.IsEnglish(http))
            .Where(one => (mn is null || one.Mn == mn) && (medium is null || one.Medium == Codes<Medium>.ByCode[medium]) &&
                (state is null || one.State == Codes<StationState>.ByCode[state]))
            .ToList();
        var shown = found.Where(one => string.CompareOrdinal(one.Mn, page.After) > 0).Take(page.Limit).ToList();
        return (IResult)new Listing<StationRow>(
            shown, shown.Count == page.Limit ? shown[^1].Mn : null, found.Count, await Doubts.Of(database, caller.Tenant, cancel, StationStanding.View));
    }).RequireRight("evaluation:read").ProducesPage<StationRow>();
}
