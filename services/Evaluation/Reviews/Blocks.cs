using System.Globalization;

namespace Monitoring.Evaluation.Reviews;

/// <summary>What a report is made of, whatever it is written as.</summary>
abstract record Block;

/// <summary>A heading; level 1 for chapters and annexes, 2 below.</summary>
sealed record Heading(int Level, string Text) : Block;

/// <summary>A paragraph.</summary>
sealed record Paragraph(string Text) : Block;

/// <summary>A table; a wide one is printed across.</summary>
/// <param name="Name">Short name, e.g. 附表1.</param>
/// <param name="Title">What stands above it.</param>
/// <param name="Columns">Heads.</param>
/// <param name="Rows">Cells, as many as columns in each row.</param>
/// <param name="Wide">Printed on a page of its own, across.</param>
/// <param name="Note">What stands below it.</param>
sealed record Table(string Name, string Title, IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<Cell>> Rows, bool Wide, string? Note = null) : Block;

/// <summary>A column.</summary>
/// <param name="Head">Its head.</param>
/// <param name="Width">Its share of the width.</param>
/// <param name="Right">True where numbers stand in it.</param>
sealed record Column(string Head, int Width, bool Right = false);

/// <summary>A cell.</summary>
/// <param name="Text">As printed.</param>
/// <param name="Number">The number, where it is one.</param>
/// <param name="Places">Places it is printed with.</param>
/// <param name="Figure">Number of the figure; null where it carries no code.</param>
sealed record Cell(string Text, decimal? Number = null, int Places = 0, int? Figure = null)
{
    public static readonly Cell None = new("—");

    public static implicit operator Cell(string? text) => string.IsNullOrEmpty(text) ? None : new(text);

    /// <summary>A number as it is printed; a half is rounded to the even neighbour (GB/T 8170-2008, 3.2).</summary>
    public static string Plain(decimal value, int places) =>
        Math.Round(value, places, MidpointRounding.ToEven).ToString("F" + places.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}

/// <summary>A whole report.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Subtitle">Beneath it.</param>
/// <param name="Draft">True before it is published.</param>
/// <param name="Blocks">What it says.</param>
/// <param name="Figures">Every figure with a code.</param>
sealed record Report(string Title, string Subtitle, bool Draft, IReadOnlyList<Block> Blocks, IReadOnlyList<Figure> Figures)
{
    public IEnumerable<Table> Tables => Blocks.OfType<Table>();
}
