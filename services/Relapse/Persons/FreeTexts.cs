using Monitoring.Hosting;

namespace Monitoring.Relapse;

/// <summary>Texts that people write freely and that stand in events for ever.</summary>
static class FreeTexts
{
    extension(Fields row)
    {
        /// <summary>A required text without anybody's ID number or mobile telephone number in it.</summary>
        public string PlainText(string field, int max = 500) => Checked(row, field, row.Text(field, max));

        /// <summary>The same where it may be absent.</summary>
        public string? PlainTextOrNull(string field, int max = 500) =>
            row.TextOrNull(field, max) is { } text ? Checked(row, field, text) : null;
    }

    static string Checked(Fields row, string field, string text)
    {
        if (IdNumber.StandsIn(text))
            row.Wrong(field, "personal-data-in-text", "文字中不得含身份证号或手机号；请删去后重报。", "No ID number or mobile number may stand in a text.");
        return text;
    }
}
