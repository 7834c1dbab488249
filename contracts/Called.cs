namespace Monitoring.Contracts;

/// <summary>
/// What a code is called in Chinese: the official term, which pages and sheets show, and other usual ones. All of them are read in pushes.
/// </summary>
/// <param name="official">The official term, e.g. 最终核实.</param>
/// <param name="also">Other terms that mean nothing else, e.g. 最终核实数.</param>
[AttributeUsage(AttributeTargets.Field)]
public sealed class CalledAttribute(string official, params string[] also) : Attribute
{
    /// <summary>The official term.</summary>
    public string Official { get; } = official;

    /// <summary>Other usual terms.</summary>
    public IReadOnlyList<string> Also { get; } = also;
}
