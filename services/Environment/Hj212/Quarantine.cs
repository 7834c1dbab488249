using Marten;
using Monitoring.Contracts;
using Monitoring.Hosting;

namespace Monitoring.Environment.Hj212;

/// <summary>
/// Something received that could not be recorded, or not all of it, as it came. An operator reads it, mends the cause, and
/// has it played again. The same bytes again are the same entry, counted.
/// </summary>
public sealed record QuarantinedPacket
{
    /// <summary>UUIDv7, so that entries stand in the order of arrival.</summary>
    public Guid Id { get; init; }

    /// <summary>Lower-case hexadecimal SHA-256 of the bytes.</summary>
    public string Sha256 { get; init; } = "";

    public byte[] Bytes { get; init; } = [];

    /// <summary>The MN it names; null where it names none.</summary>
    public string? Mn { get; init; }

    /// <summary>Why it lies here.</summary>
    public string Code { get; init; } = "";

    /// <summary>What was wrong with single values; the others were recorded.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    public string Remote { get; init; } = "";

    public DateTimeOffset FirstAt { get; init; }

    public DateTimeOffset LastAt { get; init; }

    /// <summary>How often it came.</summary>
    public int Times { get; init; }

    /// <summary>Null while it waits.</summary>
    public DateTimeOffset? ReplayedAt { get; init; }

    public string? ReplayedBy { get; init; }

    internal QuarantineEntry Shown(bool english) => new(
        Id, Code, Quarantine.Reason(Code, english), Mn, RawText.Of(Bytes), Bytes.Length, Remote, FirstAt.ToOffset(ChinaTime.Offset),
        LastAt.ToOffset(ChinaTime.Offset), Times,
        [.. Faults.Select(fault => new FaultEntry(fault.Pollutant, fault.Time?.ToOffset(ChinaTime.Offset), fault.Code, Quarantine.Reason(fault.Code, english)))],
        ReplayedAt is null ? "open" : "replayed", ReplayedAt?.ToOffset(ChinaTime.Offset), ReplayedBy);
}

/// <summary>An entry as it is answered; times in Asia/Shanghai.</summary>
/// <param name="Id">For <c>/v1/quarantine/{id}/replay</c>.</param>
/// <param name="Code">Stable code of the reason.</param>
/// <param name="Reason">For people.</param>
/// <param name="Mn">The MN it names.</param>
/// <param name="Text">What was received; control characters as <c>\x0D</c>, the password hidden.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Remote">Address of the sender.</param>
/// <param name="FirstAt">When it first came.</param>
/// <param name="LastAt">When it last came.</param>
/// <param name="Times">How often.</param>
/// <param name="Faults">Values that were left out, where the others were recorded.</param>
/// <param name="State"><c>open</c> or <c>replayed</c>.</param>
public sealed record QuarantineEntry(
    Guid Id, string Code, string Reason, string? Mn, string Text, int Length, string Remote, DateTimeOffset FirstAt, DateTimeOffset LastAt,
    int Times, IReadOnlyList<FaultEntry> Faults, string State, DateTimeOffset? ReplayedAt, string? ReplayedBy);

/// <summary>One value that was left out.</summary>
public sealed record FaultEntry(string? Pollutant, DateTimeOffset? Time, string Code, string Reason);

/// <summary>What playing entries again did.</summary>
/// <param name="Replayed">Entries that are settled now.</param>
/// <param name="Refused">Entries that stay.</param>
/// <param name="Results">Each, in the order of arrival.</param>
public sealed record ReplaySummary(int Replayed, int Refused, IReadOnlyList<ReplayResult> Results);

/// <summary>One entry: its outcome, and why it stays if it does.</summary>
public sealed record ReplayResult(Guid Id, Outcome Outcome, string? Code, string? Reason);

/// <summary>Lists what lies in quarantine, and plays it again.</summary>
public static class Quarantine
{
    // What one request plays at most; the rest is for the next.
    const int ReplayMax = 2_000;
    const int ReasonMax = 500;

    static readonly Dictionary<string, Text> reasons = new()
    {
        ["garbage"] = new("包与包之间的杂字节。", "Bytes between packets that belong to none."),
        ["length-differs"] = new("数据段长度与所报长度不符，或超过上限。", "The data segment is not as long as it says, or longer than the limit."),
        ["crc-differs"] = new("CRC 校验不通过。", "The CRC is wrong."),
        ["packet-incomplete"] = new("连接中断或超时，包不完整。", "The connection ended, or took too long, inside the packet."),
        ["segment-malformed"] = new("数据段不符合 HJ 212 格式。", "The data segment is not in the format of HJ 212."),
        ["parts-missing"] = new("拆分包未收齐。", "Parts of the message never came."),
        ["command-unknown"] = new("不支持的命令编码（CN）。", "This command number (CN) is not known."),
        ["station-unknown"] = new("没有登记此站点（MN）；登记后可重放。", "No station has this MN; register it, then play this again."),
        ["password-wrong"] = new("访问密码（PW）不正确，或该站点未登记密码。", "The password (PW) is wrong, or the station has registered none."),
        ["data-time-invalid"] = new("缺少数据时间（DataTime）或格式不正确。", "DataTime is missing or cannot be read."),
        ["data-time-off-hour"] = new("小时数据的 DataTime 不在整点。", "An hour's DataTime is not on the hour."),
        ["time-in-future"] = new("数据时间晚于当前时间，请检查设备时钟。", "The time lies in the future; look at the device's clock."),
        ["pollutant-undeclared"] = new("该站点未登记此监测因子。", "The station has not declared this pollutant."),
        ["not-a-number"] = new("数值不是数字。", "The value is no number."),
        ["not-a-code"] = new("因子编码无法识别。", "The pollutant's code cannot be read."),
        ["out-of-range"] = new("数值超出可记录的范围。", "The value is beyond what can be recorded."),
        ["too-precise"] = new("小数位过多。", "Too many decimal places."),
        ["unknown-code"] = new("未知的数据标记。", "The data flag is not known."),
        ["correction-needs-reason"] = new(
            "该时刻的数值已由人工录入、修订或判定，或该月已审核；如仍以设备数据为准，请带 reason 重放。",
            "A person entered, revised or judged that reading, or the month has been audited; to let the device's value stand, play this again with a reason."),
        ["month-archived"] = new("该月原始数据已归档。", "The month's raw detail is in the archive."),
        ["internal-error"] = new("系统无法保存此包，已记录日志。", "The packet could not be stored; see the log."),
    };

    internal static string Reason(string code, bool english) =>
        reasons.TryGetValue(code, out var text) ? english ? text.En : text.Zh : code;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/quarantine", async (
            string? mn, string? code, string? state, HttpContext http, Caller caller, Page page, IDocumentStore store, CancellationToken cancel) =>
        {
            if (state is not (null or "open" or "replayed" or "all"))
                return Problem.Of(400, "unknown-state", new("state 应为 open、replayed 或 all。", "state must be open, replayed or all."));
            await using var session = store.QuerySession(caller.Tenant);
            IQueryable<QuarantinedPacket> found = session.Query<QuarantinedPacket>();
            if (mn is not null) found = found.Where(one => one.Mn == mn);
            if (code is not null) found = found.Where(one => one.Code == code);
            if (state is null or "open") found = found.Where(one => one.ReplayedAt == null);
            if (state is "replayed") found = found.Where(one => one.ReplayedAt != null);
            var total = await found.CountAsync(cancel);
            if (Guid.TryParseExact(page.After, "D", out var after)) found = found.Where(one => one.Id > after);
            var entries = await found.OrderBy(one => one.Id).Take(page.Limit).ToListAsync(cancel);
            var english = Language.IsEnglish(http);
            return (IResult)new Listing<QuarantineEntry>(
                [.. entries.Select(entry => entry.Shown(english))], entries.Count == page.Limit ? $"{entries[^1].Id}" : null, total);
        }).PagedBy<Guid>().RequireRight("environment:read").ProducesPage<QuarantineEntry>();

        routes.MapGet("/v1/quarantine/{id:guid}", async (
            Guid id, HttpContext http, Caller caller, IDocumentStore store, CancellationToken cancel) =>
        {
            await using var session = store.QuerySession(caller.Tenant);
            return await session.LoadAsync<QuarantinedPacket>(id, cancel) is { } found
                ? Results.Ok(found.Shown(Language.IsEnglish(http)))
                : Unknown;
        }).RequireRight("environment:read").Produces<QuarantineEntry>();

        routes.MapPost("/v1/quarantine/{id:guid}/replay", async (
            Guid id, string? reason, HttpContext http, Caller caller, IDocumentStore store, Recorder recorder, TimeProvider clock,
            CancellationToken cancel) =>
        {
            if (reason?.Length > ReasonMax) return TooLong;
            await using var session = store.QuerySession(caller.Tenant);
            if (await session.LoadAsync<QuarantinedPacket>(id, cancel) is not { } entry) return Unknown;
            var result = await Replay(entry, new(caller, reason), store, recorder, Language.IsEnglish(http), clock.GetUtcNow(), cancel);
            return result.Code is { } code ? Problem.Of(422, code, reasons.GetValueOrDefault(code, new(code, code))) : Results.Ok(result);
        }).RequireRight("environment:report").Produces<ReplayResult>();

        routes.MapPost("/v1/quarantine/replay", async (
            string mn, string? reason, HttpContext http, Caller caller, IDocumentStore store, Recorder recorder, TimeProvider clock,
            CancellationToken cancel) =>
        {
            if (reason?.Length > ReasonMax) return TooLong;
            await using var session = store.QuerySession(caller.Tenant);
            var entries = await session.Query<QuarantinedPacket>().Where(one => one.Mn == mn && one.ReplayedAt == null)
                .OrderBy(one => one.Id).Take(ReplayMax).ToListAsync(cancel);
            var results = new List<ReplayResult>(entries.Count);
            foreach (var entry in entries)
                results.Add(await Replay(entry, new(caller, reason), store, recorder, Language.IsEnglish(http), clock.GetUtcNow(), cancel));
            var refused = results.Count(result => result.Code is not null);
            return Results.Ok(new ReplaySummary(results.Count - refused, refused, results));
        }).RequireRight("environment:report").Produces<ReplaySummary>();
    }

    static Problem Unknown => Problem.Of(404, "quarantine-entry-unknown", new("没有此隔离记录。", "There is no such entry."));

    static Problem TooLong => Problem.Of(422, "too-long", new($"reason 最多 {ReasonMax} 个字符。", $"A reason has at most {ReasonMax} characters."));

    static async Task<ReplayResult> Replay(
        QuarantinedPacket entry, Replay replay, IDocumentStore store, Recorder recorder, bool english, DateTimeOffset now,
        CancellationToken cancel)
    {
        var received = Received.All(entry.Bytes, entry.Remote, entry.FirstAt);
        await recorder.Keep(received, replay, cancel);
        var outcomes = await Task.WhenAll(received.Select(one => one.Outcome));
        var refused = received.FirstOrDefault(one => one.Refused is not null);
        var code = refused?.Refused;
        // Not in the transaction of the readings: should this fail, playing it again finds them on record.
        await using var session = store.LightweightSession(replay.By.Tenant);
        session.Store(code is null
            ? entry with { ReplayedAt = now, ReplayedBy = replay.By.Actor }
            : entry with { Code = code, Faults = refused!.Faults });
        await session.SaveChangesAsync(cancel);
        return new ReplayResult(entry.Id, outcomes.Length == 0 ? Outcome.Ignored : outcomes.Max(), code, code is null ? null : Reason(code, english));
    }
}

/// <summary>An operator's word to play something again.</summary>
/// <param name="By">Who.</param>
/// <param name="Reason">Why the device's value is to stand against a person's, where it is.</param>
public sealed record Replay(Caller By, string? Reason);
