using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Codes of villages (行政村), as rows name them.</summary>
static class VillageCodes
{
    const int Digits = 12;

    extension(Fields row)
    {
        /// <summary>The 12-digit code in the field <c>village</c>.</summary>
        public string Village() => Checked(row, row.Text("village", Digits));

        /// <summary>The same where it may be absent.</summary>
        public string? VillageOrNull() => row.TextOrNull("village", Digits) is { } village ? Checked(row, village) : null;
    }

    static string Checked(Fields row, string village)
    {
        if (village.Length > 0 && (village.Length != Digits || !village.All(char.IsAsciiDigit)))
            row.Wrong("village", "not-a-village-code", "应为 12 位村级统计用区划代码，如 410325103201。", "Must be a 12-digit village code.");
        return village;
    }
}
