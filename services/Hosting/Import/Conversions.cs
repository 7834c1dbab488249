namespace Monitoring.Hosting;

/// <summary>
/// What was read otherwise than it was written, from what to what: <c>“2021年3月”读作 2021-03</c>. The same said of many rows is said once;
/// beyond a hundred different texts of a field the rest are counted together.
/// </summary>
sealed class Conversions(bool mayQuote)
{
    const int TextsMax = 100;

    readonly Dictionary<(string? Field, string Code, string From, string To), List<int>> rows = [];
    readonly Dictionary<(string? Field, string Code), int> texts = [];

    public void Add(int row, string? field, string code, string from, string to)
    {
        if (!mayQuote) (from, to) = ("", "");
        var key = (field, code, from, to);
        if (!rows.TryGetValue(key, out var known))
        {
            var others = texts.GetValueOrDefault((field, code));
            if (others >= TextsMax) key = (field, code, "", "");
            else texts[(field, code)] = others + 1;
            if (!rows.TryGetValue(key, out known)) rows.Add(key, known = []);
        }

        if (known is not [.., var last] || last != row) known.Add(row);
    }

    /// <summary>Forgets what was said of a row that turned out to be none, or wrong.</summary>
    public void Forget(int row)
    {
        foreach (var list in rows.Values)
            if (list is [.., var last] && last == row) list.RemoveAt(list.Count - 1);
    }

    /// <summary>As warnings.</summary>
    public IEnumerable<RowError> Warnings(Func<RowError, RowError> place) => rows.Where(entry => entry.Value.Count > 0).Select(entry =>
    {
        var ((field, code, from, to), of) = entry;
        var text = (code, from.Length + to.Length) switch
        {
            (_, 0) when !mayQuote => new Text("按通行写法读取；本服务的回执不保存所报内容，故不列原文。", "Read in another usual form; receipts of this service keep nothing of what was sent, so it is not repeated."),
            (_, 0) => new Text("还有其他行也作了同样的换算。", "Other rows were read in the same way."),
            ("rounded", _) => new Text($"{from} 的小数位过多，四舍六入五成双为 {to}。", $"{from} has too many decimal places and was rounded half to even, to {to}."),
            _ => new Text($"“{from}”读作 {to}。", $"'{from}' was read as {to}."),
        };
        return place(new RowError(of[0], field, code, text)) with { AlsoRows = of.Count > 1 ? Import.Ranges(of) : null };
    });
}

/// <summary>Where a row stands, as a person sees it.</summary>
/// <param name="Line">Number of its line or of its row in the sheet; null in a JSON array.</param>
/// <param name="Sheet">Name of the sheet.</param>
/// <param name="Columns">Column of each field, where rows have cells with names.</param>
readonly record struct Place(int? Line, string? Sheet, IReadOnlyDictionary<string, int>? Columns)
{
    public static readonly Place Unknown = new(null, null, null);

    /// <summary>The same said of this place.</summary>
    public RowError Of(RowError said) => said with
    {
        Message = new(Visible(said.Message.Zh), Visible(said.Message.En)),
        Line = Line, Sheet = Sheet,
        Cell = Columns is null || Line is not { } line ? null
            : SheetXml.NameOf(said.Field is { } field && Columns.TryGetValue(field, out var column) ? column + 1 : 1, line),
    };

    // What was sent is said again in places, and the store takes no control characters.
    static string Visible(string text) => text.Any(IsHidden) ? string.Concat(text.Select(character => IsHidden(character) ? '\uFFFD' : character)) : text;

    static bool IsHidden(char character) => char.IsControl(character) && character is not ('\n' or '\t');
}
