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
sealed partial class SheetFormats(bool from1904)
{
    /// <summary>The fill of a wrong cell.</summary>
    public const string Red = "FFFF9999";

    const double SecondsOfDay = 86_400;
    const int DaysTo1904 = 1_462;

    // The day after 9999-12-31.
    const int DaysMax = 2_958_466;

    static readonly DateTime epoch = new(1899, 12, 30);

    readonly List<(string DatePattern, string Fill)> formats = [];
    readonly Dictionary<(int Format, string Fill), int> copies = [];
    string? redFill;
    int fills;

    /// <summary>Reads the workbook's styles; without any, no number is a date and no cell can be made red.</summary>
    public static SheetFormats Read(PackagePart? styles, bool from1904)
    {
        var read = new SheetFormats(from1904);
        if (styles is null) return read;
        var patterns = new Dictionary<string, string>();
        var section = "";
        foreach (var xml in SheetXml.Elements(styles.GetStream()))
        {
            switch (xml.Depth, xml.LocalName)
            {
                case (1, var name):
                    section = name;
                    break;
                case (2, "numFmt"):
                    patterns[xml.GetAttribute("numFmtId") ?? ""] = DatePattern(xml.GetAttribute("formatCode") ?? "");
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
                        patterns.TryGetValue(number, out var pattern) ? pattern : DatePatternBuiltIn(number),
                        xml.GetAttribute("fillId") ?? "0"));
                    break;
            }
        }

        return read;
    }

    /// <summary>
    /// A stored number as text: rounded to the 15 digits that spreadsheets show, so that 215.30000000000001 reads 215.3;
    /// with a date format, as much of the date as the format shows.
    /// </summary>
    public string Text(string stored, int format)
    {
        if (!double.TryParse(stored, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return stored;
        if (format < formats.Count && formats[format].DatePattern is { Length: > 0 } pattern && Date(number, pattern) is { } date)
            return date;
        return decimal.TryParse(number.ToString("G15", CultureInfo.InvariantCulture), NumberStyles.Float,
            CultureInfo.InvariantCulture, out var plain)
            ? plain.ToString(CultureInfo.InvariantCulture)
            : stored;
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

    static string DatePattern(string formatCode)
    {
        var shown = NotShown().Replace(formatCode, "").Split(';')[0].ToLowerInvariant();
        if (!shown.Contains('y') && !shown.Contains('d')) return "";
        return shown.Contains('h') ? "yyyy-MM-dd HH:mm:ss"
            : shown.Contains('d') ? "yyyy-MM-dd"
            : shown.Contains('m') ? "yyyy-MM"
            : "yyyy";
    }

    // Formats that have a number and no text of their own; 27 and up are those of Chinese programs.
    static string DatePatternBuiltIn(string number) => number switch
    {
        "14" or "15" or "16" or "28" or "29" or "30" or "31" or "51" or "53" or "54" or "58" => "yyyy-MM-dd",
        "17" or "27" or "36" or "50" or "52" or "57" => "yyyy-MM",
        "22" => "yyyy-MM-dd HH:mm:ss",
        _ => "",
    };

    /// <summary>Literal text, spacing, colours and locales in a number format.</summary>
    [GeneratedRegex("""
        "[^"]*"|\\.|_.|\*.|\[[^\]]*\]
        """)]
    private static partial Regex NotShown();
}
