using Monitoring.Contracts;

namespace Monitoring.Hosting;

/// <summary>
/// Which fields a push's rows have, learnt from their binder by letting it bind rows that hold nothing: names in the order in which they
/// are read, which of them are required, and what they are called in Chinese.
/// </summary>
sealed class RowShape
{
    // Columns of numbers that people put before their tables.
    static readonly HashSet<string> ordinal = ["序号", "行号", "行次", "No", "No.", "NO", "NO."];

    // Notations of one push, and how they may meet.
    const int TriesMax = 32;

    readonly Dictionary<string, string> byTerm = new(StringComparer.Ordinal);
    readonly HashSet<string> doubtful = [];

    readonly IReadOnlySet<string> measured;

    RowShape(IReadOnlyList<string> fields, IReadOnlySet<string> required, IReadOnlySet<string> measured, string collection)
    {
        (Fields, Required, this.measured, Collection) = (fields, required, measured, collection);
        foreach (var field in fields)
        {
            Add(field, field);
            foreach (var term in FieldNames.Of(collection, field)) Add(Plain(term), field);
        }

        void Add(string term, string field)
        {
            if (!byTerm.TryAdd(term, field) && byTerm[term] != field) doubtful.Add(term);
        }
    }

    /// <summary>All names, in the order in which they are read.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>Names without which no row is complete.</summary>
    public IReadOnlySet<string> Required { get; }

    /// <summary>True for a number that may say its unit itself.</summary>
    public bool TakesUnit(string field) => measured.Contains(field);

    /// <summary>Path of the collection.</summary>
    public string Collection { get; }

    public static RowShape Of<TRow>(string collection, Func<Fields, TRow> bind)
    {
        var (names, required, measured) = (new List<string>(), new HashSet<string>(), new HashSet<string>());
        // A binder that tells notations apart reads other fields where one of them is there.
        var (tried, open) = (new HashSet<string>(), new Queue<HashSet<string>>([[]]));
        while (tried.Count < TriesMax && open.TryDequeue(out var there))
        {
            if (tried.Add(string.Join(' ', there.Order(StringComparer.Ordinal))))
                foreach (var other in Probe(there)) open.Enqueue([.. there, other]);
        }

        return new RowShape(names, required, measured, collection);

        List<string> Probe(HashSet<string> there)
        {
            var (first, asked) = (names.Count == 0, new List<string>());
            var fields = new Fields
            {
                Probed = name =>
                {
                    if (!there.Contains(name)) asked.Add(name);
                    return there.Contains(name);
                },
            };
            fields.Start(1, new Dictionary<string, int>(), [], null);
            try
            {
                bind(fields);
            }
            catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException)
            {
                // A binder need not cope with a row that no reader would give it; what it has read until then is known.
            }

            measured.UnionWith(fields.UnitFields.Keys);
            names.AddRange(fields.ReadNames.Concat(asked).Where(name => !names.Contains(name)).Distinct().ToList());
            if (first) required.UnionWith(fields.Errors.Where(error => error.Code == "missing").Select(error => error.Field!));
            return asked;
        }
    }

    /// <summary>What the header of a column says: its field, its unit, that it is not read, or nothing that is known.</summary>
    public TableColumn Read(string header)
    {
        var text = Notation.HalfWidth(Notation.Trimmed(header));
        if (text is ['【', .., '】']) return new(header, null) { IsUnread = true };
        if (Find(text) is { } whole) return whole;
        if (text is [.., ')'] && text.LastIndexOf('(') is > 0 and var open)
        {
            var (before, inside) = (text[..open].Trim(), text[(open + 1)..^1].Trim());
            if (Fields.Contains(inside)) return new(header, inside);
            if (Find(before) is { Field: not null } found)
                return Units.IsOne(inside) ? found with { Unit = inside } : found;
        }

        // SDMX-CSV with labels=both: «OBS_VALUE: Observation value».
        if (text.IndexOf(':') is > 0 and var colon && Fields.Contains(text[..colon].Trim())) return new(header, text[..colon].Trim());
        return ordinal.Contains(text) ? new(header, null) { IsUnread = true, IsOrdinal = true } : new(header, null);

        TableColumn? Find(string name)
        {
            if (Fields.Contains(name)) return new(header, name);
            var plain = Plain(name);
            if (byTerm.TryGetValue(plain, out var field) && !doubtful.Contains(plain))
                return new(header, field) { IsConverted = plain != Plain(FieldNames.Official(Collection, field)) };
            var other = Fields.Where(field => field.Equals(name, StringComparison.OrdinalIgnoreCase)).Take(2).ToList();
            return other is [var only] ? new(header, only) { IsConverted = true } : null;
        }
    }

    /// <summary>The columns that a table should have, for a message: «指标编码（indicator）、期别（period）…».</summary>
    public string Expected => string.Join('、', Fields.Where(Required.Contains).Select(Called));

    /// <summary>All columns that a table can have, for a message.</summary>
    public string All => string.Join('、', Fields.Select(Called));

    /// <summary>Fields by their names, for a message.</summary>
    public string Named(IEnumerable<string> fields) => string.Join('、', fields.Select(Called));

    /// <summary>The field nearest to a misspelt name; null where none is near.</summary>
    public string? Nearest(string name) => Fields.FirstOrDefault(field =>
        field.Equals(name, StringComparison.OrdinalIgnoreCase) || Math.Abs(field.Length - name.Length) <= 2 && Distance(field, name) <= 2);

    /// <summary>A field by its official name and its own.</summary>
    public string Called(string field) => FieldNames.Official(Collection, field) is var official && official != field ? $"{official}（{field}）" : field;

    static string Plain(string term) => Notation.HalfWidth(term).Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal)
        .Replace("\r", "", StringComparison.Ordinal).TrimEnd('*').TrimStart('*');

    /// <summary>How many letters must be changed, put in or taken out (Levenshtein).</summary>
    static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var at = 1; at <= one.Length; at++)
        {
            var diagonal = row[0];
            row[0] = at;
            for (var to = 1; to <= other.Length; to++)
            {
                var changed = diagonal + (one[at - 1] == other[to - 1] ? 0 : 1);
                diagonal = row[to];
                row[to] = Math.Min(changed, Math.Min(row[to], row[to - 1]) + 1);
            }
        }

        return row[^1];
    }
}

/// <summary>One column of a table by its header.</summary>
/// <param name="Header">As it is written.</param>
/// <param name="Field">The field it holds; null where it holds none.</param>
sealed record TableColumn(string Header, string? Field)
{
    /// <summary>The unit that the header gives to its numbers: 数值（亿元）.</summary>
    public string? Unit { get; init; }

    /// <summary>True where the header is for people: 【…】, or a column of ordinal numbers.</summary>
    public bool IsUnread { get; init; }

    public bool IsOrdinal { get; init; }

    /// <summary>True where it is another term than the official one.</summary>
    public bool IsConverted { get; init; }
}
