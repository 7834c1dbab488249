using System.Globalization;
using System.IO.Packaging;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Monitoring.Hosting;

/// <summary>
/// A workbook's cell formats: how a number cell reads as text, and copies of the formats with and without the red of a
/// wrong cell.
/// </summary>
sealed class SheetFormats(bool from1904)
{
    /// <summary>The fill of a wrong cell.</summary>
    public const string Red = "FFFF9999";

    const double SecondsOfDay = 86_400;
    const int DaysTo1904 = 1_462;

    // The day after 9999-12-31.
    const int DaysMax = 2_958_466;

    static readonly DateTime epoch = new(1899, 12, 30);

    // Digits of a number that a cell without a format shows before it turns to powers of ten, and all that spreadsheets keep.
    const int GeneralDigitsMax = 11, DigitsMax = 15;

    // Ten to the power of the digits that are kept.
    const decimal KeptMax = 1_000_000_000_000_000m;

    // From here on the places that are lost are ones that somebody may have typed.
    const decimal RoundedMax = 100_000_000_000m;

    readonly List<(NumberFormat Format, string Fill)> formats = [];
    readonly Dictionary<(int Format, string Fill), int> copies = [];
    string? redFill;
    int fills;

    /// <summary>Reads the workbook's styles; without any, no number is a date and no cell can be made red.</summary>
    public static SheetFormats Read(PackagePart? styles, bool from1904)
    {
        var read = new SheetFormats(from1904);
        if (styles is null) return read;
        var patterns = new Dictionary<string, NumberFormat>();
        var section = "";
        foreach (var xml in SheetXml.Elements(styles.GetStream()))
        {
            switch (xml.Depth, xml.LocalName)
            {
                case (1, var name):
                    section = name;
                    break;
                case (2, "numFmt"):
                    patterns[xml.GetAttribute("numFmtId") ?? ""] = NumberFormat.Of(xml.GetAttribute("formatCode") ?? "");
                    break;
                case (2, "fill") when section == "fills":
                    read.fills++;
                    break;
                case (4, "fgColor") when section == "fills" && xml.GetAttribute("rgb") == Red:
                    read.redFill ??= $"{read.fills - 1}";
                    break;
                case (2, "xf") when section == "cellXfs":
                    var number = xml.GetAttribute("numFmtId") ?? "0";
                    read.formats.Add((
                        patterns.TryGetValue(number, out var pattern) ? pattern : NumberFormat.BuiltIn(number),
                        xml.GetAttribute("fillId") ?? "0"));
                    break;
            }
        }

        return read;
    }

    /// <summary>
    /// A stored number as a cell: rounded to the 15 digits that spreadsheets keep, so that 215.30000000000001 reads 215.3; with a date
    /// format, as much of the date as the format shows; with a percent format, the percent; with a unit in its format, and the unit.
    /// </summary>
    public TableCell Number(string stored, int format)
    {
        if (!double.TryParse(stored, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return new(stored);
        var shown = format < formats.Count ? formats[format].Format : NumberFormat.General;
        if (shown.DatePattern is { } pattern && Date(number, pattern) is { } date) return new(date, CellKind.Date);
        if (!decimal.TryParse(number.ToString("G15", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out var kept))
            return new(stored, CellKind.Formatted);
        var text = kept.ToString(CultureInfo.InvariantCulture);
        if (Math.Abs(kept) >= KeptMax) return new(text, CellKind.TooManyDigits);
        var exact = decimal.TryParse(stored, NumberStyles.Float, CultureInfo.InvariantCulture, out var digits) ? digits : kept;
        if (Math.Abs(kept) >= RoundedMax && exact != kept) return new(text, CellKind.TooManyDigits);
        if (shown.IsScaled) return new(text, CellKind.Scaled);
        if (shown.IsPercent)
            return kept.Scale <= 26 ? new((kept * 100 / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture), CellKind.Percent) : new(text, CellKind.Formatted);
        if (shown.Unit is { } unit) return new(text + unit, CellKind.Formatted);
        // 215.30000000000001 is what a program makes of 215.3; one third has more digits than are shown.
        var isNoise = double.Parse(text, CultureInfo.InvariantCulture).Equals(number) && decimal.TryParse(
            number.ToString("G17", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out var noisy) && noisy == exact;
        var rounded = exact == kept || isNoise ? null : stored;
        return new(text, rounded is null && shown.ShowsDigits && (text.Length <= GeneralDigitsMax || shown.IsWhole && text.Length <= DigitsMax && kept.Scale == 0)
            ? CellKind.Number
            : CellKind.Formatted, Stored: rounded);
    }

    /// <summary>The same format with the red fill, or without it.</summary>
    public int Coloured(int format, bool red)
    {
        if (format >= formats.Count || fills == 0) return format;
        var own = formats[format].Fill;
        var fill = red ? redFill ?? $"{fills}" : own == redFill ? "0" : own;
        if (fill == own) return format;
        if (!copies.TryGetValue((format, fill), out var copy)) copies.Add((format, fill), copy = formats.Count + copies.Count);
        return copy;
    }

    /// <summary>Copies the styles with what <see cref="Coloured"/> has promised.</summary>
    public void Copy(Stream from, Stream into)
    {
        var originals = new Dictionary<int, XElement>();
        var (section, format) = ("", 0);
        SheetXml.Copy(from, into, (xml, writer) =>
        {
            switch (xml.NodeType, xml.Depth, xml.LocalName)
            {
                case (XmlNodeType.Element, 1, var name):
                    section = name;
                    SheetXml.CopyStart(xml, writer, ("count", null));
                    return true;
                case (XmlNodeType.Element, 2, "xf") when section == "cellXfs":
                    using (var whole = xml.ReadSubtree()) originals[format++] = XElement.Load(whole);
                    originals[format - 1].WriteTo(writer);
                    return true;
                case (XmlNodeType.EndElement, 1, "fills") when redFill is null:
                    var ns = (XNamespace)xml.NamespaceURI;
                    new XElement(ns + "fill", new XElement(ns + "patternFill", new XAttribute("patternType", "solid"),
                        new XElement(ns + "fgColor", new XAttribute("rgb", Red)))).WriteTo(writer);
                    return false;
                case (XmlNodeType.EndElement, 1, "cellXfs"):
                    foreach (var ((original, fill), _) in copies.OrderBy(copy => copy.Value))
                    {
                        var copy = new XElement(originals[original]);
                        copy.SetAttributeValue("fillId", fill);
                        copy.SetAttributeValue("applyFill", "1");
                        copy.WriteTo(writer);
                    }

                    return false;
                default:
                    return false;
            }
        });
    }

    string? Date(double serial, string pattern)
    {
        var seconds = Math.Round((from1904 ? serial + DaysTo1904 : serial) * SecondsOfDay);
        if (seconds is < SecondsOfDay or >= DaysMax * SecondsOfDay) return null;
        // Lotus took 1900 for a leap year, and Excel keeps to it: day 60 never was, and those before it count one less.
        if (!from1904 && seconds is >= 60 * SecondsOfDay and < 61 * SecondsOfDay) return "1900-02-29";
        if (!from1904 && seconds < 60 * SecondsOfDay) seconds += SecondsOfDay;
        return epoch.AddSeconds(seconds).ToString(pattern, CultureInfo.InvariantCulture);
    }
}

/// <summary>What a number format makes of a number, as far as it matters for what the cell says.</summary>
/// <param name="DatePattern">The date that it shows; null where it shows none.</param>
/// <param name="IsPercent">A share is shown in percent.</param>
/// <param name="IsScaled">The number is shown divided by a thousand or a million.</param>
/// <param name="ShowsDigits">The digits are shown as they are.</param>
/// <param name="IsWhole">Shown as a whole number without marks.</param>
/// <param name="Unit">A unit of measure that is shown behind the number.</param>
readonly partial record struct NumberFormat(
    string? DatePattern, bool IsPercent = false, bool IsScaled = false, bool ShowsDigits = false, bool IsWhole = false, string? Unit = null)
{
    public static readonly NumberFormat General = new(null, ShowsDigits: true);

    static readonly NumberFormat whole = new(null, ShowsDigits: true, IsWhole: true);

    public static NumberFormat Of(string formatCode)
    {
        var section = NotShown().Replace(Sections().Match(formatCode).Value, "");
        var lower = section.ToLowerInvariant();
        if (lower.Trim() is "general" or "@" or "") return General;
        if (lower.Contains('y') || lower.Contains('d'))
            return new(lower.Contains('h') ? "yyyy-MM-dd HH:mm:ss" : lower.Contains('d') ? "yyyy-MM-dd" : lower.Contains('m') ? "yyyy-MM" : "yyyy");
        var unit = Literal().Matches(formatCode).Select(literal => literal.Groups["text"].Value.Trim()).FirstOrDefault(Units.IsOne);
        return section.Trim() switch
        {
            _ when section.Contains('%') => new(null, IsPercent: true),
            _ when Scaling().IsMatch(section) => new(null, IsScaled: true),
            _ when unit is not null => new(null, Unit: unit),
            // «105000万» is shown of 105000: ten thousand times as much as is kept.
            _ when Literal().Matches(formatCode).Any(literal => literal.Groups["text"].Value.Trim() is "百" or "千" or "万" or "十万" or "百万" or "千万" or "亿") => new(null, IsScaled: true),
            "0" or "#" => whole,
            _ => default,
        };
    }

    /// <summary>Formats that have a number and no text of their own; 27 and up are those of Chinese programs.</summary>
    public static NumberFormat BuiltIn(string number) => number switch
    {
        "0" or "49" => General,
        "1" => whole,
        "9" or "10" => new(null, IsPercent: true),
        "14" or "15" or "16" or "28" or "29" or "30" or "31" or "51" or "53" or "54" or "58" => new("yyyy-MM-dd"),
        "17" or "27" or "36" or "50" or "52" or "57" => new("yyyy-MM"),
        "22" => new("yyyy-MM-dd HH:mm:ss"),
        _ => default,
    };

    /// <summary>The section for positive numbers.</summary>
    [GeneratedRegex("""
        ^("[^"]*"|\\.|[^;"\\])*
        """)]
    private static partial Regex Sections();

    /// <summary>Literal text, spacing, colours and locales in a number format.</summary>
    [GeneratedRegex("""
        "[^"]*"|\\.|_.|\*.|\[[^\]]*\]
        """)]
    private static partial Regex NotShown();

    [GeneratedRegex("""
        "(?<text>[^"]*)"
        """)]
    private static partial Regex Literal();

    /// <summary>Commas behind the last digit.</summary>
    [GeneratedRegex(@"[0#?],+(?![0#?,])")]
    private static partial Regex Scaling();
}
