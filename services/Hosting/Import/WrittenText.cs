using Marten;

namespace Monitoring.Hosting;

/// <summary>A text that somebody wrote in a row.</summary>
/// <param name="Row">1-based number of the row.</param>
/// <param name="Field">Where it stands.</param>
/// <param name="Text">What was written.</param>
public sealed record WrittenText(int Row, string Field, string Text)
{
    /// <summary>The refusal of a text in which somebody's number stands.</summary>
    public static readonly Refusal NumberStands = Refusal.Invalid(
        "personal-data-in-text", "文字中不得含身份证号或手机号；请删去后重报。", "No ID number or mobile number may stand in a text.");
}

/// <summary>
/// Looks at the texts of a push, or of a command, before it is decided: for what only the service knows, such as the names of those whom
/// they are about. Each comes with the stream that its row is about; what is answered is refused. A service that looks registers one.
/// </summary>
public delegate Task<IReadOnlyList<RowError>> CheckTexts(
    IQuerySession session, IReadOnlyList<(string Stream, WrittenText Written)> texts, Caller caller, CancellationToken cancel);
