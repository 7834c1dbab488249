using System.Collections.Immutable;
using Marten;
using Monitoring.Contracts;
using Monitoring.Hosting;

namespace Monitoring.Environment.Hj212;

/// <summary>
/// The newest real-time (2011) and minute (2051) values of a station. They are no hour means and enter no figure: what counts
/// is the hour that the device sends as 2061. Only the newest is kept, beside the stream, and a rebuild does not bring it back.
/// </summary>
public sealed record LatestValues
{
    /// <summary>MN.</summary>
    public string Id { get; init; } = "";

    /// <summary>By <c>{command}/{pollutant}</c>.</summary>
    public ImmutableSortedDictionary<string, LatestValue> Values { get; init; } =
        ImmutableSortedDictionary.Create<string, LatestValue>(StringComparer.Ordinal);

    internal LatestValues With(string command, IEnumerable<Measured> measured, DateTimeOffset at) => measured.Aggregate(this, (sum, one) =>
        sum.Values.TryGetValue($"{command}/{one.Pollutant}", out var known) && known.Time > one.DataTime
            ? sum
            : sum with { Values = sum.Values.SetItem($"{command}/{one.Pollutant}", new(one.DataTime, one.Value, one.Flag, at)) });

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/stations/{mn}/latest", async (
        string mn, Caller caller, IDocumentStore store, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        return await session.LoadAsync<LatestValues>(mn, cancel) is { } found
            ? Results.Ok(new Entry(mn, Shown(found, Commands.RealTime), Shown(found, Commands.Minute)))
            : Problem.Of(404, "latest-unknown", new("该站点没有实时数据。", "The station has sent no real-time values."));
    }).RequireRight("environment:read").Produces<Entry>();

    static Dictionary<string, LatestValue> Shown(LatestValues found, string command) => found.Values
        .Where(one => one.Key.StartsWith(command, StringComparison.Ordinal))
        .ToDictionary(one => one.Key[(command.Length + 1)..], one => one.Value with
        {
            Time = one.Value.Time.ToOffset(ChinaTime.Offset), ReceivedAt = one.Value.ReceivedAt.ToOffset(ChinaTime.Offset),
        });

    /// <summary>The newest values by pollutant, times in Asia/Shanghai.</summary>
    public sealed record Entry(
        string Mn, IReadOnlyDictionary<string, LatestValue> RealTime, IReadOnlyDictionary<string, LatestValue> Minute);
}

/// <summary>One value.</summary>
/// <param name="Time">DataTime as the device sent it.</param>
/// <param name="Value">In the station's unit.</param>
/// <param name="Flag">Data flag of HJ 212-2017.</param>
/// <param name="ReceivedAt">When it came.</param>
public sealed record LatestValue(DateTimeOffset Time, decimal Value, string Flag, DateTimeOffset ReceivedAt);

/// <summary>
/// The day values that a device worked out itself (2031). They are kept apart and enter no figure: a day's figure is made of
/// hours, by the standard's rules. Shown beside the mean of the hours on record, so that a difference is seen.
/// </summary>
public sealed record DeviceDay
{
    /// <summary><c>{mn}/{yyyy-MM-dd}</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>By pollutant.</summary>
    public ImmutableSortedDictionary<string, DeviceValue> Values { get; init; } =
        ImmutableSortedDictionary.Create<string, DeviceValue>(StringComparer.Ordinal);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/stations/{mn}/device-days/{day}", async (
        string mn, DateOnly day, Caller caller, IDocumentStore store, CancellationToken cancel) =>
    {
        await using var session = store.QuerySession(caller.Tenant);
        var id = StationDay.IdOf(mn, day);
        if (await session.LoadAsync<DeviceDay>(id, cancel) is not { } found)
            return Problem.Of(404, "day-unknown", new("该站点当日没有数据。", "The station has no readings on that day."));
        var own = await session.LoadAsync<StationDay>(id, cancel);
        return Results.Ok(new Entry(mn, day, found.Values.ToDictionary(one => one.Key, one =>
        {
            var series = own?.Series.GetValueOrDefault(one.Key);
            var hours = series?.Values.Where((_, index) => series.CountsAt(index, own!.Audited)).ToList() ?? [];
            return new Compared(
                one.Value.Value, one.Value.Flag, hours.Count, hours.Count == 0 ? null : decimal.Round(hours.Average(), 4),
                one.Value.Qn, one.Value.ReceivedAt.ToOffset(ChinaTime.Offset));
        })));
    }).RequireRight("environment:read").Produces<Entry>();

    /// <summary>A day as it is answered.</summary>
    public sealed record Entry(string Mn, DateOnly Day, IReadOnlyDictionary<string, Compared> Values);

    /// <summary>A device's day value beside the hours on record.</summary>
    /// <param name="Value">What the device says.</param>
    /// <param name="Flag">Its data flag.</param>
    /// <param name="Hours">Hours on record that count.</param>
    /// <param name="HoursMean">Their mean, four places; null without any.</param>
    public sealed record Compared(decimal Value, string Flag, int Hours, decimal? HoursMean, string Qn, DateTimeOffset ReceivedAt);
}

/// <summary>One day value of a device.</summary>
public sealed record DeviceValue(decimal Value, string Flag, string Qn, DateTimeOffset ReceivedAt);

/// <summary>A packet that is one part of a message, kept until the others have come (PNUM, PNO of HJ 212-2017).</summary>
public sealed record PacketPart
{
    /// <summary><c>{mn}/{qn}/{cn}/{pnum}/{pno}</c>.</summary>
    public string Id { get; init; } = "";

    public string Content { get; init; } = "";

    public byte[] Bytes { get; init; } = [];

    public string Remote { get; init; } = "";

    public DateTimeOffset At { get; init; }

    /// <summary>True once the message has been dealt with; kept a while, so that a part sent again is known again.</summary>
    public bool IsDone { get; init; }

    internal static string IdOf(Packet packet, int part) => $"{packet.Mn}/{packet.Qn}/{packet.Command}/{packet.Parts}/{part}";
}
