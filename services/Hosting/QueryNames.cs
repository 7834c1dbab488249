using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Monitoring.Hosting;

/// <summary>
/// What an endpoint takes in its query, and that it is asked for nothing else: a misspelt filter that does nothing looks like an answer, and a
/// misspelt <c>dryRun</c> stores what was only to be tried. The names are those of the handler's parameters; what a handler reads by hand it
/// says with <see cref="TakesQuery"/>.
/// </summary>
public static class QueryNames
{
    static readonly ConcurrentDictionary<Endpoint, Taken> known = new();

    extension(RouteHandlerBuilder endpoint)
    {
        /// <summary>Names that the handler reads from the query by hand.</summary>
        public RouteHandlerBuilder TakesQuery(params string[] names) => endpoint.WithMetadata(new ReadByHand(names));

        /// <summary>Says what the cursors of a paged list are, where they are not just any text.</summary>
        public RouteHandlerBuilder PagedBy<TCursor>() where TCursor : IParsable<TCursor> => endpoint.WithMetadata(new Cursor(Reads<TCursor>));
    }

    internal static void Add(IServiceCollection services) =>
        services.Configure<OpenApiOptions>("v1", options => options.AddOperationTransformer((operation, context, _) =>
        {
            foreach (var parameter in Parameters(context.Description.ActionDescriptor.EndpointMetadata))
            {
                operation.Parameters ??= [];
                if (operation.Parameters.Any(one => string.Equals(one.Name, parameter.Name, StringComparison.OrdinalIgnoreCase))) continue;
                operation.Parameters.Add(new OpenApiParameter
                {
                    In = ParameterLocation.Query, Name = parameter.Name, Required = parameter.Required, Description = parameter.Description,
                    Schema = parameter.Name == Page.LimitName
                        ? new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = $"{Page.LimitMax}", Default = Page.LimitDefault }
                        : new OpenApiSchema { Type = JsonSchemaType.String },
                });
            }

            return Task.CompletedTask;
        }));

    /// <summary>
    /// What is wrong with the addresses' values and the query of a request that has found its endpoint and may call it. Errors:
    /// <c>unknown-parameter</c>, <c>parameter-twice</c>, <c>parameter-empty</c>, <c>parameter-missing</c>, <c>cursor-unreadable</c>,
    /// <c>out-of-range</c>, and what a field of that type is refused with.
    /// </summary>
    internal static Problem? Check(HttpContext http)
    {
        // What anybody may see, such as health, takes what it likes.
        if (http.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null) return null;
        var taken = known.GetOrAdd(endpoint, _ => Taken.Of(endpoint));
        foreach (var (name, values) in http.Request.Query)
        {
            if (taken.Find(name) is not { } parameter) return Unknown(name, taken.Names);
            if (values.Count > 1 && !parameter.Many)
                return Problem.Of(400, "parameter-twice", new($"参数 {parameter.Name} 只能出现一次。", $"{parameter.Name} may be given once only."));
            foreach (var value in values)
            {
                if (string.IsNullOrEmpty(value))
                {
                    // Who pages from the beginning has no cursor yet.
                    if (parameter.Name == Page.AfterName) continue;
                    return Problem.Of(400, "parameter-empty", new(
                        $"参数 {parameter.Name} 没有值；请填写，或去掉该参数。", $"{parameter.Name} has no value; give one, or leave it out."));
                }

                if (parameter.Misread(value) is { } misread) return misread;
            }
        }

        foreach (var place in taken.Places)
            if (http.Request.RouteValues[place.Name] is string text && place.Misread(text) is { } misread) return misread;
        return taken.Missing(http.Request.Query) is { } missing
            ? Problem.Of(400, "parameter-missing", new($"缺少必填参数 {missing}。", $"The parameter {missing} is required."))
            : null;
    }

    static Problem Unknown(string name, IReadOnlyList<string> names)
    {
        var said = name.Length > 64 ? name[..64] + "…" : name;
        var near = names.Where(one => Distance(Bare(name), Bare(one)) <= 2).MinBy(one => Distance(Bare(name), Bare(one)));
        var (listed, listedEn) = (string.Join('、', names), string.Join(", ", names));
        return Problem.Of(400, "unknown-parameter", new(
            $"没有参数“{said}”；{(near is null ? "" : $"是否指 {near}？")}" +
            (names.Count == 0 ? "此地址不接受查询参数。" : $"可用的参数：{listed}。"),
            $"There is no parameter '{said}'{(near is null ? ". " : $"; is {near} meant? ")}" +
            (names.Count == 0 ? "This address takes none." : $"It takes: {listedEn}.")));

        static string Bare(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
    }

    /// <summary>How many characters must be put in, taken out or changed to make one text of the other; texts of very different length are 99 apart.</summary>
    static int Distance(string one, string other)
    {
        if (Math.Abs(one.Length - other.Length) > 2) return 99;
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var (corner, _) = (row[0], row[0] = i);
            for (var j = 1; j <= other.Length; j++)
                (corner, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, corner + (one[i - 1] == other[j - 1] ? 0 : 1)));
        }

        return row[^1];
    }

    static IEnumerable<Parameter> Parameters(IEnumerable<object> metadata)
    {
        var all = metadata.ToList();
        foreach (var parameter in all.OfType<MethodInfo>().FirstOrDefault()?.GetParameters() ?? [])
        {
            if (parameter.ParameterType == typeof(Page))
            {
                yield return new Parameter(Page.LimitName, Page.Misread) { Description = $"1 to {Page.LimitMax}, default {Page.LimitDefault}." };
                yield return new Parameter(Page.AfterName, all.OfType<Cursor>().FirstOrDefault() is { } cursor
                    ? text => cursor.IsReadable(text) ? null : CursorUnreadable
                    : null) { Description = "The cursor that the page before gave as next." };
                continue;
            }

            var name = parameter.GetCustomAttribute<FromQueryAttribute>()?.Name ?? parameter.Name!;
            var type = parameter.ParameterType;
            var many = type.IsArray;
            type = many ? type.GetElementType()! : type;
            type = Nullable.GetUnderlyingType(type) ?? type;
            // What reads itself from a text comes from the address; everything else is a service or the request itself.
            if (!IsParsable(type)) continue;
            yield return new Parameter(name, ReaderOf(name, type)) { Many = many, Required = !many && IsRequired(parameter) };
        }

        foreach (var name in all.OfType<ReadByHand>().SelectMany(read => read.Names)) yield return new Parameter(name, null);
    }

    static bool IsParsable(Type type) => type.GetInterfaces().Any(one =>
        one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IParsable<>) && one.GenericTypeArguments[0] == type);

    static bool IsRequired(ParameterInfo parameter) => !parameter.HasDefaultValue && Nullable.GetUnderlyingType(parameter.ParameterType) is null &&
        new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.NotNull;

    /// <summary>What refuses a text that is none of the type; null where every text is.</summary>
    static Func<string, Problem?>? ReaderOf(string name, Type type)
    {
        if (type == typeof(string)) return null;
        var reads = typeof(QueryNames).GetMethod(nameof(Reads), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type)
            .CreateDelegate<Func<string, bool>>();
        var (code, zh, en) = type switch
        {
            _ when type == typeof(bool) => ("not-a-flag", "应为 true 或 false", "must be true or false"),
            _ when type == typeof(Guid) => ("not-a-uuid", "应为 UUID", "must be a UUID"),
            _ when type == typeof(DateOnly) => ("not-a-date", "应为日期，如 2026-11-24", "must be a date like 2026-11-24"),
            _ when type == typeof(int) || type == typeof(long) => ("not-an-integer", "应为整数", "must be a whole number"),
            _ => ("not-a-number", "应为数字", "must be a number"),
        };
        var problem = Problem.Of(400, code, new($"参数 {name} {zh}。", $"{name} {en}."));
        return text => reads(text) ? null : problem;
    }

    static bool Reads<T>(string text) where T : IParsable<T> => T.TryParse(text, CultureInfo.InvariantCulture, out _);

    static readonly Problem CursorUnreadable = Problem.Of(400, "cursor-unreadable", new(
        "参数 after 不是上一页给出的 next。", "after is no next that a page before it gave."));

    sealed record ReadByHand(IReadOnlyList<string> Names);

    sealed record Cursor(Func<string, bool> IsReadable);

    /// <summary>A parameter, and what is wrong with a text for it.</summary>
    sealed record Parameter(string Name, Func<string, Problem?>? Reader)
    {
        public bool Many { get; init; }

        public bool Required { get; init; }

        public string? Description { get; init; }

        public Problem? Misread(string text) => Reader?.Invoke(text);
    }

    /// <summary>All that an endpoint takes.</summary>
    sealed record Taken(IReadOnlyList<Parameter> Parameters, IReadOnlyList<Parameter> Places)
    {
        public IReadOnlyList<string> Names { get; } = [.. Parameters.Select(one => one.Name)];

        public Parameter? Find(string name) =>
            Parameters.FirstOrDefault(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase));

        public string? Missing(IQueryCollection query) => Parameters.FirstOrDefault(one => one.Required && !query.ContainsKey(one.Name))?.Name;

        public static Taken Of(RouteEndpoint endpoint)
        {
            var places = endpoint.RoutePattern.Parameters.Select(one => one.Name).ToList();
            var all = QueryNames.Parameters(endpoint.Metadata).ToList();
            return new Taken(
                [.. all.Where(one => !places.Contains(one.Name, StringComparer.OrdinalIgnoreCase))],
                [.. all.Where(one => places.Contains(one.Name, StringComparer.OrdinalIgnoreCase))]);
        }
    }
}
