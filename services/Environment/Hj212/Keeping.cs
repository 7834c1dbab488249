using System.Text.Json;
using Marten;
using Monitoring.Contracts;
using Monitoring.Contracts.Environment;
using Monitoring.Hosting;
using Npgsql;
using Row = Monitoring.Environment.PushReadings.Row;

namespace Monitoring.Environment.Hj212;

/// <summary>
/// One transaction: what came from any number of devices of one county is decided and stored together, readings by the same
/// rules as those that are pushed over HTTP. The streams concerned are locked first and read after, so that nobody else's
/// writing can come between.
/// </summary>
sealed class Keeping(IDocumentSession session, DeviceKey key, string tenant, Replay? replay, DateTimeOffset now)
{
    /// <summary>Department of the actor on what devices report; the subject is the MN.</summary>
    internal const string Devices = "设备";

    static readonly string revisedType = EventTypes.NameOf(typeof(ReadingsRevised));

    readonly Guid receipt = Guid.CreateVersion7(now);
    readonly Dictionary<Received, Verdict> verdicts = [];
    readonly List<(Received Piece, string Code, IReadOnlyList<Fault> Faults)> refused = [];
    readonly Dictionary<Received, List<PacketPart>> joined = [];
    bool changes;

    /// <summary>A message of a device that has shown its password, with the pieces that carried it.</summary>
    readonly record struct Message(Packet Packet, Received Piece, IReadOnlyList<Received> Members);

    /// <summary>The hours of one message.</summary>
    sealed class Hours(Message message, List<Fault> faults)
    {
        public Message Message { get; } = message;

        public List<Fault> Faults { get; } = faults;

        public List<Row> Rows { get; } = [];

        public int Recorded { get; set; }
    }

    /// <summary>
    /// Commits, and says what became of each piece. Answers the pieces that were left for a transaction of their own: those
    /// that give a reading another value than a piece before them.
    /// </summary>
    public static async Task<IReadOnlyList<Received>> Commit(
        IDocumentStore store, DeviceKey key, string tenant, IReadOnlyList<Received> pieces, Replay? replay, DateTimeOffset now, CancellationToken cancel)
    {
        await using var session = store.LightweightSession(tenant);
        var keeping = new Keeping(session, key, tenant, replay, now);
        var left = await keeping.Decide(pieces, cancel);
        if (keeping.changes) await session.SaveChangesAsync(cancel);
        foreach (var (piece, verdict) in keeping.verdicts) piece.Settle(verdict);
        return left;
    }

    /// <summary>Gives an operator the parts of messages that have waited too long for the others.</summary>
    public static async Task GiveUpParts(
        IDocumentStore store, DeviceKey key, string tenant, DateTimeOffset before, DateTimeOffset now, CancellationToken cancel)
    {
        await using var session = store.LightweightSession(tenant);
        var keeping = new Keeping(session, key, tenant, null, now);
        var old = await session.Query<PacketPart>().Where(part => part.At < before).OrderBy(part => part.Id).Take(1_000).ToListAsync(cancel);
        foreach (var part in old)
        {
            session.Delete(part);
            if (!part.IsDone) keeping.refused.Add((Received.All(part.Bytes, part.Remote, part.At)[0], "parts-missing", []));
        }

        await keeping.Quarantine(cancel);
        if (old.Count > 0) await session.SaveChangesAsync(cancel);
    }

    async Task<IReadOnlyList<Received>> Decide(IReadOnlyList<Received> pieces, CancellationToken cancel)
    {
        var (stations, passwords) = await LockAndLoad(pieces, cancel);
        var messages = await Join(Admit(pieces, stations, passwords), cancel);
        var (hours, latest, days) = (new List<Hours>(), new List<(Message, IReadOnlyList<Measured>)>(), new List<(Message, IReadOnlyList<Measured>)>());
        foreach (var message in messages)
        {
            if (!Commands.IsData(message.Packet.Command))
            {
                Say(message, Commands.IsState(message.Packet.Command) ? Verdict.Of(Outcome.Ignored) : Verdict.Quarantine("command-unknown", true));
                continue;
            }

            var (values, faults) = Content.Read(message.Packet);
            if (message.Packet.Command == Commands.Hour)
            {
                hours.Add(HoursOf(message, values, faults, stations[message.Packet.Mn]));
                continue;
            }

            (message.Packet.Command == Commands.Day ? days : latest).Add((message, values));
            Say(message, new(values.Count == 0 ? Outcome.Quarantined : Outcome.Kept, true, faults is [var first, ..] ? first.Code : null, faults));
        }

        var left = await Record(hours, stations, cancel);
        await KeepLatest(latest, cancel);
        await KeepDays(days, stations, cancel);
        if (replay is null) await Quarantine(cancel);
        return left;
    }

    async Task<(Dictionary<string, Station>, Dictionary<string, DevicePassword>)> LockAndLoad(IReadOnlyList<Received> pieces, CancellationToken cancel)
    {
        var mns = pieces.Select(piece => piece.Packet?.Mn).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToArray();
        if (mns.Length == 0) return ([], []);
        var streams = Array.ConvertAll(mns, mn => Station.Stream(tenant, mn));
        await session.Hold(streams, cancel);
        var stations = await session.LoadManyAsync<Station>(cancel, streams);
        var passwords = await session.LoadManyAsync<DevicePassword>(cancel, mns);
        return (
            stations.Where(station => station.Registration is not null).ToDictionary(station => station.Registration!.Mn),
            passwords.ToDictionary(password => password.Id));
    }

    /// <summary>The pieces that come from registered devices; all others go to quarantine.</summary>
    List<Received> Admit(
        IReadOnlyList<Received> pieces, Dictionary<string, Station> stations, Dictionary<string, DevicePassword> passwords)
    {
        var admitted = new List<Received>(pieces.Count);
        foreach (var piece in pieces)
        {
            var code = piece.Packet is not { } packet ? piece.Code!
                : !stations.ContainsKey(packet.Mn) ? "station-unknown"
                : !key.Matches(tenant, passwords.GetValueOrDefault(packet.Mn), packet) ? "password-wrong"
                : null;
            if (code is null) admitted.Add(piece);
            else Say(new(piece.Packet!, piece, [piece]), Verdict.Quarantine(code, false));
        }

        return admitted;
    }

    /// <summary>
    /// Puts messages together that came in parts. A part is stored, and may be answered, as it comes; the last makes the whole.
    /// Parts are cut between items.
    /// </summary>
    async Task<List<Message>> Join(List<Received> admitted, CancellationToken cancel)
    {
        var messages = admitted.Where(piece => piece.Packet!.Parts == 1).Select(piece => new Message(piece.Packet!, piece, [piece])).ToList();
        var split = admitted.Where(piece => piece.Packet!.Parts > 1).GroupBy(piece => PacketPart.IdOf(piece.Packet!, 0)).ToList();
        if (split.Count == 0) return messages;

        // What a device says later counts, so a message stands where the part came that made it whole.
        var places = admitted.Index().ToDictionary(one => one.Item, one => one.Index);
        var ids = split.Select(one => one.First().Packet!).SelectMany(packet => Enumerable.Range(1, packet.Parts).Select(part => PacketPart.IdOf(packet, part)));
        var stored = (await session.LoadManyAsync<PacketPart>(cancel, [.. ids])).ToDictionary(part => part.Id);
        foreach (var pieces in split)
        {
            var (fresh, completing) = (new List<Received>(), pieces.First());
            foreach (var piece in pieces)
            {
                var packet = piece.Packet!;
                var part = new PacketPart
                {
                    Id = PacketPart.IdOf(packet, packet.Part), Content = packet.Content, Bytes = piece.Bytes, Remote = piece.Remote, At = piece.At,
                };
                if (stored.TryGetValue(part.Id, out var known) && known.Content == part.Content && known.IsDone)
                {
                    Say(new(packet, piece, [piece]), Verdict.Of(Outcome.Repeated));
                    continue;
                }

                // The same part twice in one gather belongs to the same message, and does not make it any later.
                if (!fresh.Exists(one => one.Packet == packet)) completing = piece;
                stored[part.Id] = part;
                fresh.Add(piece);
            }

            if (fresh.Count == 0) continue;
            var last = fresh[^1].Packet!;
            var parts = Enumerable.Range(1, last.Parts).Select(part => stored.GetValueOrDefault(PacketPart.IdOf(last, part))).OfType<PacketPart>().ToList();
            var isWhole = parts.Count == last.Parts;
            if (isWhole)
            {
                var whole = Received.Whole(parts, last, fresh[^1].Remote, fresh[^1].At);
                messages.Add(new(whole.Packet!, whole, fresh));
                joined.Add(whole, parts);
                places.Add(whole, places[completing]);
                continue;
            }

            session.Store(parts.AsEnumerable());
            changes = true;
            foreach (var piece in fresh) Say(new(piece.Packet!, piece, [piece]), Verdict.Of(Outcome.Kept));
        }

        return [.. messages.OrderBy(message => places[message.Piece])];
    }

    Hours HoursOf(Message message, IReadOnlyList<Measured> values, IReadOnlyList<Fault> faults, Station station)
    {
        var hours = new Hours(message, [.. faults]);
        var reason = replay?.Reason ?? $"设备补传更新（QN={message.Packet.Qn}）";
        foreach (var one in values)
        {
            var time = EndOfHour(one.DataTime, station);
            if (time.Ticks % TimeSpan.TicksPerHour != 0) hours.Faults.Add(new("data-time-off-hour", one.Pollutant, one.DataTime));
            else hours.Rows.Add(new(message.Packet.Mn, time, one.Pollutant, one.Value, null, one.Flag, reason));
        }

        return hours;
    }

    static DateTimeOffset EndOfHour(DateTimeOffset dataTime, Station station) => LabelsEnd(dataTime, station) ? dataTime : dataTime.AddHours(1);

    /// <summary>By the registration that holds on the day the device itself writes.</summary>
    static bool LabelsEnd(DateTimeOffset dataTime, Station station) => station.On(ChinaTime.Day(dataTime))!.TimeLabel == TimeLabel.End;

    async Task<List<Received>> Record(List<Hours> all, Dictionary<string, Station> stations, CancellationToken cancel)
    {
        var (now, later) = Apart(all);
        var dayIds = now.SelectMany(hours => hours.Rows)
            .Select(row => StationDay.IdOf(row.Station, StationDay.DayOf(row.Time))).Distinct().ToList();
        var days = dayIds.Count == 0 ? [] : (await session.LoadManyAsync<StationDay>(cancel, dayIds)).ToDictionary(day => day.Id);
        if (replay?.Reason is null) await GiveWay(now, stations, days, cancel);
        var archived = now.Count == 0 ? [] : (await ArchiveBook.Of(session, tenant, cancel)).Months;
        foreach (var station in now.GroupBy(hours => hours.Message.Packet.Mn)) Decide(stations[station.Key], [.. station], days, archived);
        foreach (var hours in now)
        {
            Say(hours.Message, new(
                hours.Recorded > 0 ? Outcome.Recorded : hours.Faults.Count == 0 ? Outcome.Repeated : Outcome.Quarantined,
                true, hours.Faults.FirstOrDefault()?.Code, hours.Faults));
        }

        return [.. later.SelectMany(hours => hours.Message.Members)];
    }

    /// <summary>Two packets that say different things about one hour are two statements: the second waits for the next transaction.</summary>
    static (List<Hours> Now, List<Hours> Later) Apart(List<Hours> all)
    {
        var (now, later) = (new List<Hours>(all.Count), new List<Hours>());
        var said = new Dictionary<(string, string, DateTimeOffset), (decimal, string)>();
        var waiting = new HashSet<string>();
        foreach (var hours in all)
        {
            var differs = waiting.Contains(hours.Message.Packet.Mn) || hours.Rows.Any(row =>
                said.TryGetValue((row.Station, row.Pollutant, row.Time), out var value) && value != (row.Value, row.Flag));
            (differs ? later : now).Add(hours);
            if (differs) waiting.Add(hours.Message.Packet.Mn);
            else
                foreach (var row in hours.Rows) said.TryAdd((row.Station, row.Pollutant, row.Time), (row.Value, row.Flag));
        }

        return (now, later);
    }

    /// <summary>
    /// A device may put another value in place of its own, and the stream keeps both. It may not put one in place of what a
    /// person entered (flag S), revised or judged, nor add any to a month that has been audited: such a row loses its reason, and so
    /// goes to an operator. A value that was on record and has been replaced since is an old packet sent again, and says nothing.
    /// </summary>
    async Task GiveWay(List<Hours> all, Dictionary<string, Station> stations, Dictionary<string, StationDay> days, CancellationToken cancel)
    {
        var differing = new List<(Hours Hours, Row Row, bool IsPersons)>();
        foreach (var hours in all)
        for (var at = 0; at < hours.Rows.Count; at++)
        {
            var row = hours.Rows[at];
            var day = StationDay.DayOf(row.Time);
            var audited = stations[row.Station].IsAudited(day);
            var series = days.GetValueOrDefault(StationDay.IdOf(row.Station, day))?.Series.GetValueOrDefault(row.Pollutant);
            if (series?.Find(row.Time) is not { } known)
            {
                if (audited) hours.Rows[at] = row with { Reason = null };
            }
            else if (known.Value != row.Value || known.Flag != row.Flag)
            {
                differing.Add((hours, row, audited || known.Flag == "S" || series.IsJudged(row.Time)));
            }
        }

        if (differing.Count == 0) return;
        var revisions = (await Revisions([.. differing.Select(one => Station.Stream(tenant, one.Row.Station)).Distinct()], cancel))
            .ToLookup(one => (one.Mn, one.Revision.Pollutant, one.Revision.Time));
        foreach (var (hours, row, isPersons) in differing)
        {
            var earlier = revisions[(row.Station, row.Pollutant, row.Time)].ToList();
            var at = hours.Rows.IndexOf(row);
            if (earlier.Any(one => one.Revision.Previous == row.Value && one.Revision.PreviousFlag == row.Flag)) hours.Rows.RemoveAt(at);
            else if (isPersons || earlier.Any(one => one.ByPerson)) hours.Rows[at] = row with { Reason = null };
        }
    }

    async Task<List<(string Mn, Revision Revision, bool ByPerson)>> Revisions(string[] streams, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand(
            "select data::text, user_name from environment.mt_events where tenant_id = $1 and stream_id = any($2) and type = $3", session.Connection);
        select.Parameters.Add(new NpgsqlParameter { Value = tenant });
        select.Parameters.Add(new NpgsqlParameter { Value = streams });
        select.Parameters.Add(new NpgsqlParameter { Value = revisedType });
        var found = new List<(string, Revision, bool)>();
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var revised = JsonSerializer.Deserialize<ReadingsRevised>(rows.GetString(0), EventJson.Options)!;
            var byPerson = !rows.GetString(1).StartsWith(Devices + "/", StringComparison.Ordinal);
            found.AddRange(revised.Revisions.Select(revision => (revised.Mn, revision, byPerson)));
        }

        return found;
    }

    void Decide(Station station, List<Hours> all, Dictionary<string, StationDay> days, IReadOnlySet<string> archived)
    {
        var rows = all.SelectMany(hours => hours.Rows.Select(row => (Hours: hours, Row: row))).ToList();
        if (rows.Count == 0) return;
        var by = replay?.By ?? new Caller(tenant, Devices, station.Registration!.Mn);
        var group = new Group<Station, Row>(station.Id, station, [.. rows.Index().Select(row => (row.Index, row.Item.Row))]);
        PushReadings.Decide(group, days, new Occasion(now, by), archived);
        foreach (var number in group.Recorded) rows[number].Hours.Recorded++;
        foreach (var error in group.Errors) rows[error.Row].Hours.Faults.Add(new(error.Code, rows[error.Row].Row.Pollutant, rows[error.Row].Row.Time));
        if (group.Events.Count == 0) return;

        changes = true;
        session.Events.Append(station.Id, group.Events.Select(data =>
        {
            var wrapped = session.Events.BuildEvent(data);
            wrapped.Id = Guid.CreateVersion7(now);
            (wrapped.Timestamp, wrapped.UserName, wrapped.CausationId) = (now, by.Actor, receipt.ToString());
            return (object)wrapped;
        }));
    }

    async Task KeepLatest(List<(Message Message, IReadOnlyList<Measured> Values)> all, CancellationToken cancel)
    {
        if (all.Count == 0) return;
        var known = (await session.LoadManyAsync<LatestValues>(cancel, [.. all.Select(one => one.Message.Packet.Mn).Distinct()])).ToDictionary(one => one.Id);
        foreach (var (message, values) in all)
        {
            var before = known.GetValueOrDefault(message.Packet.Mn) ?? new LatestValues { Id = message.Packet.Mn };
            known[message.Packet.Mn] = before.With(message.Packet.Command, values, message.Piece.At);
        }

        session.Store(known.Values.AsEnumerable());
        changes = true;
    }

    async Task KeepDays(List<(Message Message, IReadOnlyList<Measured> Values)> all, Dictionary<string, Station> stations, CancellationToken cancel)
    {
        if (all.Count == 0) return;
        string IdOf(Message message, Measured one) => StationDay.IdOf(
            message.Packet.Mn,
            LabelsEnd(one.DataTime, stations[message.Packet.Mn]) ? StationDay.DayOf(one.DataTime) : ChinaTime.Day(one.DataTime));
        var ids = all.SelectMany(one => one.Values.Select(value => IdOf(one.Message, value))).Distinct().ToList();
        var known = (await session.LoadManyAsync<DeviceDay>(cancel, ids)).ToDictionary(one => one.Id);
        foreach (var (message, values) in all)
        foreach (var value in values)
        {
            var id = IdOf(message, value);
            var before = known.GetValueOrDefault(id) ?? new DeviceDay { Id = id };
            known[id] = before with
            {
                Values = before.Values.SetItem(value.Pollutant, new(value.Value, value.Flag, message.Packet.Qn, message.Piece.At)),
            };
        }

        session.Store(known.Values.AsEnumerable());
        changes = true;
    }

    void Say(Message message, Verdict verdict)
    {
        // Only with the message itself may its parts count as done: one that waits for the next transaction is joined again there.
        if (joined.TryGetValue(message.Piece, out var parts))
        {
            session.Store(parts.Select(part => part with { IsDone = true }));
            changes = true;
        }

        foreach (var member in message.Members) verdicts[member] = verdict;
        if (verdict.Refused is { } code) refused.Add((message.Piece, code, verdict.Faults));
    }

    async Task Quarantine(CancellationToken cancel)
    {
        if (refused.Count == 0) return;
        var bySha = refused.ToLookup(one => Received.Sha256(one.Piece.Bytes));
        var shas = bySha.Select(one => one.Key).ToList();
        var known = (await session.Query<QuarantinedPacket>().Where(one => one.Sha256.IsOneOf(shas)).ToListAsync(cancel)).ToDictionary(one => one.Sha256);
        foreach (var same in bySha)
        {
            var (piece, code, faults) = same.Last();
            var entry = known.GetValueOrDefault(same.Key) ?? new QuarantinedPacket
            {
                Id = Guid.CreateVersion7(now), Sha256 = same.Key, Bytes = piece.Bytes, Mn = piece.Mn, FirstAt = same.First().Piece.At,
            };
            session.Store(entry with
            {
                Code = code, Faults = [.. faults.Where(fault => fault.Pollutant is not null)], Remote = piece.Remote, LastAt = piece.At,
                Times = entry.Times + same.Count(), ReplayedAt = null, ReplayedBy = null,
            });
        }

        changes = true;
    }
}
