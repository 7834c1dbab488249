namespace Monitoring.Contracts;

/// <summary>What the fields of pushes are called in Chinese.</summary>
public static class FieldNames
{
    static readonly Dictionary<string, string[]> terms = new()
    {
        ["indicator"] = ["指标编码", "指标代码", "指标名称", "指标"], ["period"] = ["期别", "时期", "报告期"], ["value"] = ["数值", "值"],
        ["status"] = ["数据状态", "状态"],
    };

    /// <summary>Terms of a field, the official one first.</summary>
    public static IReadOnlyList<string> Of(string collection, string field) => terms.GetValueOrDefault(field, []);

    /// <summary>The official term, or the field itself.</summary>
    public static string Official(string collection, string field) => Of(collection, field) is [var official, ..] ? official : field;
}
