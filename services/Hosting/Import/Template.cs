using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Monitoring.Contracts;

namespace Monitoring.Hosting;

/// <summary>One column of an empty sheet, and what is said of it beside it.</summary>
/// <param name="Field">The field that a push reads; its header is what <see cref="FieldNames"/> calls it.</param>
/// <param name="What">What is to be filled in, in Chinese.</param>
/// <param name="Example">One value as it may stand there.</param>
/// <param name="Required">必填.</param>
/// <param name="Choices">The only values, offered as a drop-down list.</param>
/// <param name="IsNumber">A number; anything else is kept as it is typed, so that <c>2021-07</c> stays and becomes no date.</param>
public sealed record TemplateColumn(
    string Field, string What, string Example, bool Required = false, string[]? Choices = null, bool IsNumber = false)
{
    /// <summary>A column of codes, in their official terms.</summary>
    public static TemplateColumn Of<TEnum>(string field, string what, bool required = false) where TEnum : struct, Enum =>
        new(field, what, Template.Terms<TEnum>()[0], required, Template.Terms<TEnum>());

    /// <summary>A column of 是 and 否.</summary>
    public static TemplateColumn Flag(string field, string what, bool required = false) => new(field, what, "是", required, ["是", "否"]);
}

/// <summary>Empty sheets that a department starts from: filled in, they are pushed as they are.</summary>
public static class Template
{
    static readonly SheetColumn[] explanation =
        [new("【栏目】", 26), new("【填什么】", 60), new("【填法】", 60), new("【示例】", 26), new("【是否必填】", 12)];

    /// <summary>The official terms of an enumeration, in its order.</summary>
    public static string[] Terms<TEnum>() where TEnum : struct, Enum =>
        [.. Codes<TEnum>.Official.OrderBy(term => term.Key).Select(term => term.Value)];

    /// <summary>What a column says of itself in the sheet 填报说明.</summary>
    /// <param name="header">As it stands in the sheet.</param>
    /// <param name="column">The column.</param>
    public static object?[] Explain(string header, TemplateColumn column) =>
    [
        header, column.What,
        column.Choices is { } choices ? $"下列之一：{string.Join('、', choices)}" : column.IsNumber ? "数字" : "文字，照示例的写法",
        column.Example, column.Required ? "是" : "否",
    ];

    /// <summary>The sheet that explains another.</summary>
    public static SheetPage Explanation(IEnumerable<object?[]> rows) => new("填报说明", explanation, [.. rows]);

    /// <summary>The header of a field: <c>期别（period）</c>.</summary>
    public static string Header(string collection, string field) => $"{FieldNames.Official(collection, field)}（{field}）";

    extension(IEndpointRouteBuilder routes)
    {
        /// <summary>Maps <c>GET /v1/templates/{collection}.xlsx</c>, an empty sheet for the pushes to <c>/v1/{collection}</c> and what it explains.</summary>
        /// <param name="collection">Last part of the push's path, e.g. <c>investments</c>.</param>
        /// <param name="title">Name of the sheet, at most 31 characters.</param>
        /// <param name="right">Who may fetch it.</param>
        /// <param name="columns">From the left.</param>
        public RouteHandlerBuilder MapTemplate(string collection, string title, string right, params TemplateColumn[] columns)
        {
            var path = $"/v1/{collection}";
            var sheet = columns.Select(column => new SheetColumn(
                Header(path, column.Field), Math.Max(14, column.Example.Length + 4), column.Choices, !column.IsNumber)).ToList();
            var workbook = Sheet.Write(title, sheet, [], Explanation(columns.Select(column => Explain(Header(path, column.Field), column))));
            return routes.MapGet($"/v1/templates/{collection}.xlsx", IResult () => Results.File(workbook, Sheet.MediaType, $"{collection}.xlsx"))
                .RequireRight(right).ProducesAs(Sheet.MediaType);
        }
    }
}
