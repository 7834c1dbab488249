using System.Globalization;
using System.Text;

namespace Monitoring.Simulator;

/// <summary>One pollutant of a station.</summary>
/// <param name="Code">As the device writes it; of 2005 where it is that old.</param>
/// <param name="Registered">Code of HJ 212-2017.</param>
/// <param name="Unit">As registered; what the device sends is in this unit.</param>
/// <param name="Places">Decimal places.</param>
/// <param name="Base">Ordinary value.</param>
public sealed record Factor(string Code, string Registered, string Unit, int Places, decimal Base);

/// <summary>One station with its device.</summary>
public sealed record Device(int Number, string Mn, string Name, bool IsAir, bool Is2005, bool LabelsEnd, string Password, IReadOnlyList<Factor> Factors)
{
    public string Medium => IsAir ? "air" : "surface_water";
}

/// <summary>An hour value as it must be on record in the end.</summary>
public readonly record struct Hourly(decimal Value, string Flag);

/// <summary>Something that a device sends: bytes, and the request number that must be answered, if one must.</summary>
public sealed record Transmission(byte[] Bytes, string? Answer);

/// <summary>What a device sends on one day.</summary>
/// <param name="On">The day, Beijing time.</param>
/// <param name="Reconnects">True when its connection was lost since the day before.</param>
/// <param name="AfterStorm">True when all stations come back at once.</param>
public sealed record SentDay(DateOnly On, bool Reconnects, bool AfterStorm, IReadOnlyList<Transmission> Sent);

/// <summary>
/// A season of stations, made up from a seed: what each measured, what its device sent and how, and what must be on record
/// afterwards. Outages, storms that cut all off at once, packets sent twice or with a better value, damaged packets, wrong
/// clocks and passwords, calibration, split packets: all of it happens to some of them.
/// </summary>
public sealed class Season
{
    static readonly (string, string, int, decimal)[] air =
    [
        ("a34004", "μg/m3", 0, 35), ("a34002", "μg/m3", 0, 70), ("a21026", "μg/m3", 0, 9), ("a21004", "μg/m3", 0, 24),
        ("a21005", "mg/m3", 1, 0.7m), ("a05024", "μg/m3", 0, 88),
    ];

    static readonly (string, string, string, int, decimal)[] water =
    [
        ("w01001", "001", "无量纲", 2, 7.8m), ("w01009", "w01009", "mg/L", 2, 8.4m), ("w01018", "011", "mg/L", 1, 12),
        ("w21003", "060", "mg/L", 3, 0.31m), ("w21011", "101", "mg/L", 3, 0.08m), ("w01019", "w01019", "mg/L", 2, 2.6m),
    ];

    readonly int seed;
    readonly DateOnly from;
    readonly int days;
    readonly List<(int First, int Last)> storms = [];

    /// <param name="seed">The same seed is the same season, byte by byte.</param>
    /// <param name="stations">How many; two thirds measure air.</param>
    /// <param name="from">First day, Beijing time.</param>
    /// <param name="days">How many days.</param>
    public Season(int seed, int stations, DateOnly from, int days)
    {
        (this.seed, this.from, this.days) = (seed, from, days);
        Devices = [.. Enumerable.Range(0, stations).Select(Made)];
        var random = new Random(seed);
        // About one storm a month; each cuts every station off for half a day to three days.
        for (var first = random.Next(20, 40) * 24; first < (days - 4) * 24; first += random.Next(20, 40) * 24 + random.Next(24))
            storms.Add((first, first + random.Next(12, 72)));
    }

    public IReadOnlyList<Device> Devices { get; }

    /// <summary>How many storms there are.</summary>
    public int Storms => storms.Count;

    /// <summary>What one device sends, day by day; fills in what must be on record in the end, by pollutant and end of hour.</summary>
    public IEnumerable<SentDay> Play(Device device, Dictionary<(string Pollutant, DateTimeOffset Time), Hourly> record)
    {
        var line = new Line(device, new Random(seed * 1_000 + device.Number), record);
        var afterStorm = false;
        var outageUntil = 0;
        var lost = false;
        for (var day = 0; day < days; day++)
        {
            for (var hour = day * 24; hour < day * 24 + 24; hour++)
            {
                var inStorm = storms.Any(storm => hour >= storm.First && hour < storm.Last);
                if (hour >= outageUntil && line.Random.Next(400) == 0) outageUntil = hour + line.Random.Next(1, 30);
                var isDown = inStorm || hour < outageUntil;
                afterStorm |= inStorm;
                lost |= isDown;
                line.Hour(new DateTimeOffset(from.ToDateTime(TimeOnly.MinValue), TimeSpan.FromHours(8)).AddHours(hour), isDown);
            }

            var stillDown = storms.Any(storm => day * 24 + 23 >= storm.First && day * 24 + 23 < storm.Last) || outageUntil > day * 24 + 23;
            // While it is cut off it sends nothing; what it kept comes with the first day it is back.
            if (stillDown && day < days - 1) continue;
            yield return new SentDay(from.AddDays(day), lost, afterStorm && lost, line.Taken(from.AddDays(day)));
            (lost, afterStorm) = (false, false);
        }
    }

    /// <summary>The registrations as CSV of <c>POST /v1/stations</c>.</summary>
    public string Registrations()
    {
        var csv = new StringBuilder("mn,name,medium,area,units,password,timeLabel\n");
        foreach (var device in Devices)
            csv.AppendLine(CultureInfo.InvariantCulture,
                $"{device.Mn},{device.Name},{device.Medium},410325100,{string.Join(';', device.Factors.Select(one => $"{one.Registered}={one.Unit}"))},{device.Password},{(device.LabelsEnd ? "end" : "start")}");
        return csv.ToString();
    }

    Device Made(int number)
    {
        var isAir = number % 3 != 2;
        var is2005 = !isAir && number % 2 == 0;
        var factors = isAir
            ? air.Select(one => new Factor(one.Item1, one.Item1, one.Item2, one.Item3, one.Item4)).ToList()
            : water.Select(one => new Factor(is2005 ? one.Item2 : one.Item1, one.Item1, one.Item3, one.Item4, one.Item5)).ToList();
        // Some send gases as the code list of HJ 212 has them, in mg/m3.
        if (isAir && number % 5 == 1) factors[2] = factors[2] with { Unit = "mg/m3", Places = 3, Base = 0.009m };
        return new Device(
            number, string.Create(CultureInfo.InvariantCulture, $"410325{seed % 10_000:0000}{number:00000000000000}"), $"模拟站 {number}", isAir, is2005,
            number % 4 == 3, string.Create(CultureInfo.InvariantCulture, $"{100_000 + number * 37 % 900_000}"), factors);
    }

    /// <summary>One device at its line: what it keeps until it can send.</summary>
    sealed class Line(Device device, Random random, Dictionary<(string Pollutant, DateTimeOffset Time), Hourly> record)
    {
        readonly List<Transmission> kept = [];
        readonly List<Action> later = [];
        int number;

        public Random Random { get; } = random;

        /// <summary>One hour passes, measured from <paramref name="start"/> on.</summary>
        public void Hour(DateTimeOffset start, bool isDown)
        {
            // A power cut: nothing is measured.
            if (isDown && Random.Next(20) == 0) return;
            var values = Measure(start);
            foreach (var (factor, value) in values) record[(factor.Registered, start.AddHours(1))] = value;
            var data = Data(start, values);
            Send(start, data);

            if (Random.Next(100) == 0) Disturb(start, data);
            // The answer was lost: the same again, or under a new number.
            if (Random.Next(33) == 0) kept.Add(kept[^1]);
            if (Random.Next(100) == 0) Send(start, data);
            // Worked out anew from minutes that came late; the old packet may come once more after that.
            if (Random.Next(300) == 0)
            {
                var old = kept[^1];
                var better = values.Select(one => (one.Factor, one.Value with { Value = one.Value.Value + Unit(one.Factor) })).ToList();
                later.Add(() =>
                {
                    foreach (var (factor, value) in better) record[(factor.Registered, start.AddHours(1))] = value;
                    Send(start, Data(start, better));
                    if (Random.Next(2) == 0) kept.Add(old);
                });
            }

            if (Random.Next(48) == 0) RealTime(start);
        }

        /// <summary>What is to be sent now, the day's own mean at the end.</summary>
        public List<Transmission> Taken(DateOnly day)
        {
            foreach (var act in later) act();
            later.Clear();
            Add("2031", $"DataTime={day:yyyyMMdd}000000;" + string.Join(';', device.Factors.Select(one => $"{one.Code}-Avg={Text(one.Base)},{one.Code}-Flag=N")), answered: true);
            var taken = kept.ToList();
            kept.Clear();
            return taken;
        }

        List<(Factor Factor, Hourly Value)> Measure(DateTimeOffset start)
        {
            var values = new List<(Factor, Hourly)>();
            foreach (var factor in device.Factors)
            {
                var turn = Random.Next(1_000);
                if (turn < 3) continue; // Communication with the instrument failed: a flag and no value.
                // Calibrated every Monday at 9.
                var flag = start.ToOffset(TimeSpan.FromHours(8)) is { Hour: 9, DayOfWeek: DayOfWeek.Monday } ? "C" : turn < 6 ? "M" : turn < 8 ? "D" : turn < 9 ? "T" : "N";
                if (device.Is2005 && flag is "M" or "T") flag = "N";
                var swing = (decimal)Random.Next(60, 150) / 100;
                values.Add((factor, new Hourly(decimal.Round(factor.Base * swing, factor.Places), flag)));
            }

            return values;
        }

        string Data(DateTimeOffset start, List<(Factor Factor, Hourly Value)> values)
        {
            var label = (device.LabelsEnd ? start.AddHours(1) : start).ToOffset(TimeSpan.FromHours(8));
            var text = new StringBuilder();
            text.Append(CultureInfo.InvariantCulture, $"DataTime={label:yyyyMMddHHmmss}");
            foreach (var (factor, value) in values)
                text.Append(CultureInfo.InvariantCulture, $";{factor.Code}-Min={Text(value.Value)},{factor.Code}-Avg={Text(value.Value)},{factor.Code}-Flag={Flag(value.Flag)}");
            foreach (var factor in device.Factors.Except(values.Select(one => one.Factor)))
                text.Append(CultureInfo.InvariantCulture, $";{factor.Code}-Flag={(device.Is2005 ? "2" : "B")}");
            return text.ToString();
        }

        // HJ/T 212-2005: 0 calibrating, 2 abnormal, 3 normal.
        string Flag(string flag) => !device.Is2005 ? flag : flag switch { "C" => "0", "D" => "2", _ => "3" };

        void Send(DateTimeOffset start, string data)
        {
            if (!device.Is2005 && Random.Next(50) == 0) Split(data);
            else Add("2061", data, answered: true);
            if (Random.Next(200) == 0) kept.Add(new(Encoding.ASCII.GetBytes(Random.Next(2) == 0 ? "\r\n\r\n" : "AT+CIPSEND\r\n"), null));
            _ = start;
        }

        /// <summary>Things that go wrong on the way; none of them may be answered, or change what is on record.</summary>
        void Disturb(DateTimeOffset start, string data)
        {
            var sound = Wire.Packet(Segment("2061", data, Next(), device.Password));
            switch (Random.Next(6))
            {
                case 0:
                    sound[^4] ^= 1;
                    kept.Add(new(sound, null));
                    break;
                case 1:
                    sound[5] = sound[5] == '9' ? (byte)'0' : (byte)(sound[5] + 1);
                    kept.Add(new(sound, null));
                    break;
                case 2:
                    kept.Add(new(Wire.Packet(Segment("2061", data, Next(), "000000")), null));
                    break;
                case 3:
                    kept.Add(new(Wire.Packet(Segment("2061", data, Next(), device.Password).Replace(device.Mn, "41032599999999", StringComparison.Ordinal)), null));
                    break;
                case 4:
                    // The clock is ten years ahead: the device is answered, its values wait for a person.
                    Add("2061", data.Replace($"DataTime={Label(start):yyyy}", $"DataTime={Label(start).Year + 10}", StringComparison.Ordinal), answered: true);
                    break;
                default:
                    Add("2061", data.Replace($"{Label(start):HHmmss};", $"{Label(start):HH}0417;", StringComparison.Ordinal), answered: true);
                    break;
            }
        }

        DateTimeOffset Label(DateTimeOffset start) => (device.LabelsEnd ? start.AddHours(1) : start).ToOffset(TimeSpan.FromHours(8));

        void RealTime(DateTimeOffset start) => Add(
            "2011", $"DataTime={Label(start):yyyyMMddHHmmss};" + string.Join(';', device.Factors.Select(one => $"{one.Code}-Rtd={Text(one.Base)},{one.Code}-Flag={Flag("N")}")),
            answered: true);

        /// <summary>The message in two packets, cut between items; both are answered.</summary>
        void Split(string data)
        {
            var qn = Next();
            var items = data.Split(';');
            var half = items.Length / 2;
            string[] parts = [string.Join(';', items[..half]), string.Join(';', items[half..])];
            for (var part = 0; part < 2; part++)
                kept.Add(new(Wire.Packet($"QN={qn};ST={System};CN=2061;PW={device.Password};MN={device.Mn};Flag=7;PNUM=2;PNO={part + 1};CP=&&{parts[part]}&&"), qn));
        }

        void Add(string command, string data, bool answered)
        {
            var qn = Next();
            kept.Add(new(Wire.Packet(Segment(command, data, qn, device.Password)), answered ? qn : null));
        }

        string Segment(string command, string data, string qn, string password) =>
            $"QN={qn};ST={System};CN={command};PW={password};MN={device.Mn};Flag={(device.Is2005 ? 1 : 5)};CP=&&{data}&&";

        string System => device.IsAir ? "22" : "21";

        // A number of its own for every message: 17 digits, as a time has.
        string Next() => string.Create(CultureInfo.InvariantCulture, $"{20_250_101_000_000_000 + number++}");

        static decimal Unit(Factor factor) => factor.Places switch { 0 => 1m, 1 => 0.1m, 2 => 0.01m, _ => 0.001m };

        static string Text(decimal value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
