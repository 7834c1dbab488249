using System.Text.Json;

namespace Monitoring.Hosting;

/// <summary>What was read of a push: its rows, and what is to be said about those that are none.</summary>
sealed class Intake
{
    readonly Action<Intake> take;
    readonly List<RowError> errors = [];
    readonly List<RowError> warnings = [];
    readonly List<RowError> leftOut = [];
    readonly List<Place> places = [];
    readonly SortedSet<string> absent = new(StringComparer.Ordinal);
    readonly Conversions conversions;
    readonly List<WrittenText> written = [];

    Intake(RowShape shape, (string, string)? fromPath, ILookup<string, string>? codesByName, bool mayQuote, Action<Intake> take)
    {
        (Shape, FromPath, MayQuote, conversions, this.take) = (shape, fromPath, mayQuote, new Conversions(mayQuote), take);
        Fields = new Fields { Shape = shape, Conversions = conversions, CodesByName = codesByName, MayQuote = mayQuote, Texts = written };
    }

    /// <summary>
    /// An intake that puts bound rows into <paramref name="rows"/>. What is said about them repeats nothing of what was sent unless
    /// <paramref name="mayQuote"/>.
    /// </summary>
    public static Intake Into<TRow>(
        List<(int Row, TRow Value)> rows, RowShape shape, Func<Fields, TRow> bind, (string, string)? fromPath, ILookup<string, string>? codesByName,
        bool mayQuote = true) =>
        new(shape, fromPath, codesByName, mayQuote, intake =>
        {
            var value = bind(intake.Fields);
            if (intake.Fields.LeftOut is not null) return;
            intake.Fields.Finish();
            if (intake.Fields.Errors.Count == 0) rows.Add((intake.Fields.Row, value));
        });

    public RowShape Shape { get; }

    public (string, string)? FromPath { get; }

    public bool MayQuote { get; }

    public Fields Fields { get; }

    /// <summary>What people wrote in the rows.</summary>
    public IReadOnlyList<WrittenText> Written => written;

    /// <summary>How many rows the push has.</summary>
    public int Count { get; private set; }

    /// <summary>Every wrong field of every wrong row.</summary>
    public IReadOnlyList<RowError> Errors => errors;

    /// <summary>Rows that are no facts.</summary>
    public IReadOnlyList<RowError> LeftOut => leftOut;

    /// <summary>Required fields for which the header of a table has no column.</summary>
    public IReadOnlySet<string> Absent => absent;

    /// <summary>What was not foreseen while a row was read.</summary>
    public Exception? Unforeseen { get; private set; }

    /// <summary>What was read otherwise than it was written, and what was not read.</summary>
    public IEnumerable<RowError> Warnings => warnings.Concat(conversions.Warnings(Located));

    /// <summary>True where no further row can be taken.</summary>
    public bool IsFull => Count >= Body.RowsMax;

    public void Warn(IEnumerable<RowError> said) => warnings.AddRange(said);

    /// <summary>Takes a JSON value as the next row.</summary>
    public void Take(JsonElement element, int? line)
    {
        Begin(line is null ? Place.Unknown : new Place(line, null, null));
        Fields.Start(Count, element, FromPath);
        if (Fields.Errors.Count > 0) errors.AddRange(Fields.Errors);
        else Take();
    }

    /// <summary>Takes a row of a table as the next row, unless it is none.</summary>
    public void Take(Table table, int line, TableCell[] cells, string? sheet)
    {
        Begin(new Place(line, sheet, sheet is null ? null : table.Columns));
        if (table.LeftOut(cells) is var (code, why))
        {
            leftOut.Add(Fields.Place.Of(new RowError(Count, null, code, why)));
            return;
        }

        Fields.Start(Count, table.Columns, cells, table.Unit);
        Fields.ColumnUnits = table.ColumnUnits;
        if (table.Nameless(cells) is { } at)
        {
            var cell = sheet is null ? $"第 {at + 1} 列" : $"单元格 {SheetXml.NameOf(at + 1, line)} ";
            Fields.Fail(null, "too-many-cells", $"{cell}有内容，而上方没有列名；请补上列名，或清空。",
                $"There is no header above {(sheet is null ? $"cell {at + 1}" : SheetXml.NameOf(at + 1, line))}; name the column, or empty the cell.");
        }

        Take();
        foreach (var error in Fields.Errors)
            if (error is { Code: "missing", Field: { } field } && Shape.Required.Contains(field) && !table.Columns.ContainsKey(field)) absent.Add(field);
    }

    /// <summary>The next row could not even be taken apart.</summary>
    public void Refuse(int? line, string code, Text why)
    {
        Begin(line is null ? Place.Unknown : new Place(line, null, null));
        errors.Add(Fields.Place.Of(new RowError(Count, null, code, why)));
    }

    /// <summary>The same said of the place where its row stands.</summary>
    public RowError Located(RowError said) =>
        said.Row > 0 && said.Row <= places.Count && said.Line is null ? places[said.Row - 1].Of(said) : said;

    /// <summary>Column of a field in the table where a row stands, to put errors in the order in which people read them.</summary>
    public int ColumnOf(RowError said) =>
        said.Row > 0 && said.Row <= places.Count && said.Field is { } field && places[said.Row - 1].Columns?.TryGetValue(field, out var column) == true ? column : 0;

    void Begin(Place place)
    {
        Count++;
        places.Add(place);
        Fields.Place = place;
    }

    void Take()
    {
        var row = Count;
        try
        {
            take(this);
            if (Fields.LeftOut is { } why) leftOut.Add(why);
            else errors.AddRange(Fields.Errors);
            if (Fields.LeftOut is not null || Fields.Errors.Count > 0) conversions.Forget(row);
        }
        catch (InvalidOperationException)
        {
            // What looking up a field throws where another field's name is a lone surrogate.
            errors.Add(Fields.Place.Of(new RowError(row, null, "invalid-unicode", new("字段名含有无效的 Unicode 字符。", "A field name holds invalid Unicode."))));
        }
        catch (Exception e) when (e is not OperationCanceledException and not OutOfMemoryException)
        {
            Unforeseen ??= e;
            errors.Add(Fields.Place.Of(new RowError(row, null, Import.RowFailed.Code, Import.RowFailed.Reason)));
        }
    }
}
