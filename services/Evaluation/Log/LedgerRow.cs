using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Monitoring.Evaluation.Log;

/// <summary>One row of the ledger as the log sees it: what anybody reads from the event table with plain SQL.</summary>
/// <param name="Position">Place in the ledger (<c>seq_id</c>); rising, with holes. Not part of the leaf: the leaf's own place is its order.</param>
/// <param name="Id">Event id.</param>
/// <param name="Type">e.g. <c>indicators.value-revised.v1</c>.</param>
/// <param name="Tenant">County, GB/T 2260.</param>
/// <param name="Stream">Stream key.</param>
/// <param name="Version">Place in the stream, from 1.</param>
/// <param name="Time">When the source recorded it.</param>
/// <param name="Actor"><c>{department}/{key or person}</c>.</param>
/// <param name="Receipt">The import receipt or command that carried it.</param>
/// <param name="Trace">W3C trace id.</param>
/// <param name="LedgeredAt">When the ledger recorded it, as it wrote it down.</param>
/// <param name="Data">The event, as JSON.</param>
public sealed record LedgerRow(
    long Position, Guid Id, string Type, string Tenant, string Stream, long Version, DateTimeOffset Time, string? Actor, string? Receipt,
    string? Trace, string? LedgeredAt, string Data)
{
    /// <summary>Up to how many canonical bytes the event itself stands in the entry; tiles of entries hold 65,535 bytes per entry (C2SP tlog-tiles).</summary>
    const int DataMax = 32_768;

    /// <summary>
    /// The log's entry: RFC 8785 of <c>{actor, data, id, ledgeredAt, receipt, source, stream, tenant, time, trace, type, version}</c>, nulls
    /// included, time in UTC with six places, source the first part of the type. Data of more than 32,768 canonical bytes is replaced
    /// by <c>dataSha256</c>, the lower-case SHA-256 of them.
    /// </summary>
    public byte[] Entry()
    {
        var data = new ArrayBufferWriter<byte>(512);
        using (var parsed = JsonDocument.Parse(Data)) Canonical.Write(data, parsed.RootElement);
        var entry = new ArrayBufferWriter<byte>(data.WrittenCount + 512);
        entry.Write("{\"actor\":"u8);
        Canonical.Text(entry, Actor);
        if (data.WrittenCount <= DataMax)
        {
            entry.Write(",\"data\":"u8);
            entry.Write(data.WrittenSpan);
        }
        else
        {
            entry.Write(",\"dataSha256\":"u8);
            Canonical.Text(entry, Convert.ToHexStringLower(SHA256.HashData(data.WrittenSpan)));
        }

        Member(entry, ",\"id\":"u8, Id.ToString("D"));
        Member(entry, ",\"ledgeredAt\":"u8, LedgeredAt);
        Member(entry, ",\"receipt\":"u8, Receipt);
        Member(entry, ",\"source\":"u8, Type.Split('.')[0]);
        Member(entry, ",\"stream\":"u8, Stream);
        Member(entry, ",\"tenant\":"u8, Tenant);
        Member(entry, ",\"time\":"u8, Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        Member(entry, ",\"trace\":"u8, Trace);
        Member(entry, ",\"type\":"u8, Type);
        entry.Write(",\"version\":"u8);
        entry.Write(System.Text.Encoding.ASCII.GetBytes(Version.ToString(CultureInfo.InvariantCulture)));
        entry.Write("}"u8);
        return entry.WrittenSpan.ToArray();
    }

    /// <summary>The leaf's hash (RFC 9162, 2.1.1).</summary>
    public byte[] Leaf() => Merkle.Leaf(Entry());

    /// <summary>Reads a row back from the JSON of an export or a bundle: members as here, in camelCase.</summary>
    /// <exception cref="FormatException">It is no row.</exception>
    public static LedgerRow Parse(JsonElement row)
    {
        try
        {
            return new(
                row.GetProperty("position").GetInt64(), row.GetProperty("id").GetGuid(), row.GetProperty("type").GetString()!,
                row.GetProperty("tenant").GetString()!, row.GetProperty("stream").GetString()!, row.GetProperty("version").GetInt64(),
                row.GetProperty("time").GetDateTimeOffset(), Optional("actor"), Optional("receipt"), Optional("trace"), Optional("ledgeredAt"),
                row.GetProperty("data").GetRawText());
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"No ledger row: {e.Message}", e);
        }

        string? Optional(string name) => row.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    /// <summary>Writes the row as <see cref="Parse"/> reads it.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("position", Position);
        json.WriteString("id", Id);
        json.WriteString("type", Type);
        json.WriteString("tenant", Tenant);
        json.WriteString("stream", Stream);
        json.WriteNumber("version", Version);
        json.WriteString("time", Time);
        json.WriteString("actor", Actor);
        json.WriteString("receipt", Receipt);
        json.WriteString("trace", Trace);
        json.WriteString("ledgeredAt", LedgeredAt);
        json.WritePropertyName("data");
        json.WriteRawValue(Data);
        json.WriteEndObject();
    }

    static void Member(IBufferWriter<byte> entry, ReadOnlySpan<byte> name, string? value)
    {
        entry.Write(name);
        Canonical.Text(entry, value);
    }
}
