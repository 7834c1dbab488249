using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Monitoring.Contracts;

namespace Monitoring.Hosting;

/// <summary>
/// The OpenAPI document, which says what the service does: the key, what every push understands, a name of its own for every operation
/// and every type, pages, problems, and the doc comments as descriptions. What operations are called stands in
/// <c>operations.{service}.tsv</c> beside each service.
/// </summary>
static partial class ApiDescription
{
    /// <summary>SDMX periods as <see cref="Period"/> reads them.</summary>
    public const string PeriodPattern = "^(19|20)\\d\\d(-S[12]|-Q[1-4]|-(0[1-9]|1[0-2]))?$";

    const string KeyScheme = "ApiKey";
    const string Json = "application/json";
    const string ProblemJson = "application/problem+json";
    const string ProblemName = "Problem";

    static readonly Dictionary<int, string> refusals = new()
    {
        [400] = "The request cannot be read.", [401] = "The key is missing or unknown.", [403] = "The key lacks the right.",
        [404] = "There is no such thing.", [406] = "It cannot be answered in a media type that is accepted.",
        [408] = "The body did not come in time.", [409] = "It contradicts what is on record.", [412] = "It has moved on to another version.",
        [413] = "The body is too large; send it in parts.", [415] = "The media type is not read.", [422] = "It is wrong, and nothing was stored.",
        [500] = "An unforeseen error, which was logged.", [503] = "The store does not answer; send it again.",
    };

    /// <summary>What an operation is called.</summary>
    sealed record Called(string Id, string Zh, string En);

    public static void Add(IServiceCollection services, string service)
    {
        // Numbers are numbers: what is answered is never a text, and what is taken is read strictly.
        services.Configure<JsonOptions>(json => json.SerializerOptions.NumberHandling = default);
        services.AddOpenApi("v1", options =>
        {
            var comments = new Lazy<Dictionary<string, XElement>>(ReadComments);
            var names = new Lazy<Dictionary<string, Called>>(() => ReadNames(service));
            options.CreateSchemaReferenceId = NameOf;
            options.AddSchemaTransformer((schema, context, _) =>
            {
                Narrow(schema, context.JsonTypeInfo);
                Describe(schema, context.JsonTypeInfo.Type, comments.Value);
                return Task.CompletedTask;
            });
            options.AddOperationTransformer((operation, context, _) =>
            {
                Name(operation, context, names.Value, comments.Value);
                Take(operation, context, comments.Value);
                Answer(operation, context);
                return Task.CompletedTask;
            });
            options.AddDocumentTransformer((document, _, _) =>
            {
                Finish(document, service);
                return Task.CompletedTask;
            });
        });
    }

    static string? NameOf(JsonTypeInfo info) => info.Type switch
    {
        { IsGenericType: true } page when page.GetGenericTypeDefinition() == typeof(PageOf<>) =>
            $"{NameOf(page.GetGenericArguments()[0])}Page",
        var type when type == typeof(Problem.Body) => ProblemName,
        { DeclaringType.IsGenericType: false, IsGenericType: false } => NameOf(info.Type),
        _ => OpenApiOptions.CreateDefaultSchemaReferenceId(info),
    };

    static string NameOf(Type type) => type.DeclaringType is { } slice ? slice.Name + type.Name : type.Name;

    /// <summary>
    /// What is written is what is there: nulls are left out, so a member that may be null is optional, and every other one is there.
    /// </summary>
    static void Narrow(OpenApiSchema schema, JsonTypeInfo info)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        if (type == typeof(decimal) || type == typeof(double)) schema.Format = null;
        if (type == typeof(TimeOnly)) (schema.Format, schema.Pattern) = (null, "^\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?$");
        if (type == typeof(Period)) (schema.Type, schema.Pattern) = (JsonSchemaType.String, PeriodPattern);
        if (type.IsEnum) schema.Type = JsonSchemaType.String | (type == info.Type ? 0 : JsonSchemaType.Null);
        if (info.Kind != JsonTypeInfoKind.Object || schema.Properties is null) return;
        schema.Required = info.Properties.Where(member => member.Get is not null && !member.IsGetNullable && schema.Properties.ContainsKey(member.Name))
            .Select(member => member.Name).ToHashSet();
    }

    static void Describe(OpenApiSchema schema, Type type, Dictionary<string, XElement> comments)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
        {
            schema.Description = string.Join("; ", type.GetEnumNames().Select(name =>
                $"`{JsonNamingPolicy.SnakeCaseLower.ConvertName(name)}` {TermOf(type, name, comments)}".TrimEnd()));
            return;
        }

        if (!comments.TryGetValue($"T:{Documented(type)}", out var comment)) return;
        schema.Description ??= Plain(comment.Element("summary"));
        foreach (var parameter in comment.Elements("param"))
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(parameter.Attribute("name")!.Value);
            if (schema.Properties?.TryGetValue(name, out var property) == true && property is OpenApiSchema inline)
                inline.Description = Plain(parameter);
        }
    }

    static string? TermOf(Type type, string name, Dictionary<string, XElement> comments) =>
        type.GetField(name)!.GetCustomAttribute<CalledAttribute>()?.Official ??
        (comments.TryGetValue($"F:{Documented(type)}.{name}", out var comment) ? Plain(comment.Element("summary")) : null);

    static string Documented(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName?.Replace('+', '.') ?? type.Name;

    /// <summary>Gives the operation its id, its summary in both languages, what its slice is for, and its collection.</summary>
    static void Name(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, Dictionary<string, Called> names, Dictionary<string, XElement> comments)
    {
        var path = Placeholder().Replace(context.Description.RelativePath ?? "", "{$1}");
        if (names.TryGetValue($"{context.Description.HttpMethod} /{path}", out var called))
            (operation.OperationId, operation.Summary) = (called.Id, $"{called.Zh} · {called.En}");

        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var slice = metadata.OfType<TakesBody>().FirstOrDefault()?.Type.DeclaringType ?? metadata.OfType<MethodInfo>().FirstOrDefault()?.DeclaringType;
        while (slice is { IsNestedPrivate: true, DeclaringType: { } outer }) slice = outer;
        if (slice is not null && slice.Assembly != typeof(ApiDescription).Assembly && comments.TryGetValue($"T:{Documented(slice)}", out var comment)) operation.Description = Plain(comment.Element("summary"));

        if (path.Split('/') is [_, var collection, ..])
            operation.Tags = new HashSet<OpenApiTagReference> { new(collection, context.Document) };
        operation.Parameters ??= [];
        foreach (Match placeholder in Placeholder().Matches(context.Description.RelativePath ?? ""))
        {
            var name = placeholder.Groups[1].Value;
            if (!operation.Parameters.Any(parameter => parameter.Name == name && parameter.In == ParameterLocation.Path))
                operation.Parameters.Add(new OpenApiParameter
                {
                    In = ParameterLocation.Path, Name = name, Required = true, Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                });
        }
    }

    /// <summary>What the operation takes: its body in each media type, and the options of a push.</summary>
    static void Take(OpenApiOperation operation, OpenApiOperationTransformerContext context, Dictionary<string, XElement> comments)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<AnswersPage>().Any() && metadata.OfType<MethodInfo>().Any(method => method.GetParameters().Any(one => one.ParameterType == typeof(Page))))
        {
            Set(operation, ParameterLocation.Query, "limit", "How many entries at most.", new OpenApiSchema
            {
                Type = JsonSchemaType.Integer, Format = "int32", Minimum = "1", Maximum = "1000", Default = 200,
            });
            Set(operation, ParameterLocation.Query, "after", "Where the last page ended: its next.", Text());
        }

        if (metadata.OfType<TakesVersion>().Any())
            Set(operation, ParameterLocation.Header, "If-Match", "The version that the caller saw, as its ETag; another one is refused with 412.", Text());
        if (metadata.OfType<TakesBody>().FirstOrDefault() is not { } body) return;

        // Where a field stands in the path the body may leave it out, which the rows of a push may not; a command may be answered as well.
        var name = NameOf(body.Type) + (body.FromPath is null && metadata.OfType<TakesRows>().Any() ? "" : "Body");
        var shape = BodySchema.Of(body, (type, field) => Plain(comments.GetValueOrDefault($"T:{Documented(type)}")?.Elements("param")
            .FirstOrDefault(one => JsonNamingPolicy.CamelCase.ConvertName(one.Attribute("name")!.Value) == field)));
        shape.Description = Plain(comments.GetValueOrDefault($"T:{Documented(body.Type)}")?.Element("summary"));
        context.Document!.AddComponent(name, shape);
        IOpenApiSchema row = new OpenApiSchemaReference(name, context.Document);
        operation.RequestBody = new OpenApiRequestBody { Required = true, Content = new Dictionary<string, OpenApiMediaType>() };
        if (!metadata.OfType<TakesRows>().Any())
        {
            Content(operation.RequestBody.Content!, Json, row);
            return;
        }

        Set(operation, ParameterLocation.Query, "mode", "atomic: all rows or none; partial: the good rows.", new OpenApiSchema
        {
            Type = JsonSchemaType.String, Enum = ["atomic", "partial"], Default = "atomic",
        });
        Set(operation, ParameterLocation.Query, "dryRun", "true: check everything, store nothing.", new OpenApiSchema { Type = JsonSchemaType.Boolean, Default = false });
        Set(operation, ParameterLocation.Header, "Idempotency-Key", "The same key and request get the same answer; visible ASCII characters.",
            new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 255 });
        var content = operation.RequestBody.Content!;
        Content(content, Json, body.FromPath is not null ? row : new OpenApiSchema
        {
            OneOf = [new OpenApiSchema { Type = JsonSchemaType.Array, Items = row, MaxItems = 10_000 }, row],
        });
        foreach (var type in new[] { "application/x-ndjson", "application/ndjson", "text/csv" }.Concat(metadata.OfType<TakesMedia>().Select(one => one.MediaType)))
            Content(content, type, Text());
        Content(content, Sheet.MediaType, Bytes());
        Content(content, "multipart/form-data", new OpenApiSchema
        {
            Type = JsonSchemaType.Object, Required = new HashSet<string> { "file" },
            Properties = new Dictionary<string, IOpenApiSchema> { ["file"] = Bytes() },
        });
    }

    /// <summary>What the operation answers: in which media types, with which headers, and each status it may refuse with.</summary>
    static void Answer(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var (isPush, isPage, isCommand) =
            (metadata.OfType<TakesRows>().Any(), metadata.OfType<AnswersPage>().Any(), metadata.OfType<TakesVersion>().Any());
        var takesBody = operation.RequestBody is not null;
        var responses = operation.Responses ??= [];
        var types = metadata.OfType<AnswersAs>().SelectMany(one => one.MediaTypes).Concat(isPage ? ["text/csv", Sheet.MediaType] : []).ToList();
        if (types.Count > 0)
        {
            if (!responses.TryGetValue("200", out var one)) responses["200"] = one = new OpenApiResponse { Description = "OK" };
            var answer = (OpenApiResponse)one;
            answer.Content ??= new Dictionary<string, OpenApiMediaType>();
            foreach (var type in types.Select(type => type.Split(';')[0]))
                if (!answer.Content.ContainsKey(type)) Content(answer.Content, type, IsText(type) ? Text() : type == Json ? new OpenApiSchema() : Bytes());
        }

        var isAsked = operation.Parameters?.Any(one => one.In is ParameterLocation.Path or ParameterLocation.Query) == true;
        List<int> statuses = [400, 401, 403, 500, 503, .. metadata.OfType<RefusesWith>().SelectMany(one => one.Statuses)];
        if (isAsked || !isPage) statuses.AddRange([404, 422]);
        if (takesBody) statuses.AddRange([408, 413, 415]);
        if (isPage || metadata.OfType<AnswersAs>().Any()) statuses.Add(406);
        // Any request with a body may come in an encoding that nobody undoes.
        if (context.Description.HttpMethod != "GET") statuses.AddRange([409, 415]);
        if (isCommand) statuses.Add(412);
        foreach (var status in statuses.Distinct().Order())
        {
            var refusal = new OpenApiResponse { Description = refusals[status], Content = new Dictionary<string, OpenApiMediaType>() };
            Content(refusal.Content, ProblemJson, new OpenApiSchemaReference(ProblemName, context.Document));
            responses[$"{status}"] = refusal;
        }

        var ordered = responses.OrderBy(one => one.Key, StringComparer.Ordinal).ToList();
        responses.Clear();
        foreach (var (status, response) in ordered)
        {
            responses.Add(status, response);
            if (response is not OpenApiResponse answer) continue;
            if (isPush && answer.Content is not null && status is "200" or "201" or "404" or "409" or "422")
            {
                Content(answer.Content, Sheet.MediaType, Bytes());
                Header(answer, "Idempotency-Replayed", "true where the answer to an earlier request with the same key is given again.", new OpenApiSchema { Type = JsonSchemaType.Boolean });
                Header(answer, "X-Receipt-Id", "The receipt, as in the body.", Text("uuid"));
            }

            if (isCommand && status == "200") Header(answer, "ETag", "The version, for If-Match.", Text());
            if (status == "503") Header(answer, "Retry-After", "Seconds to wait.", new OpenApiSchema { Type = JsonSchemaType.Integer });
            if (!isPage || status != "200") continue;
            Header(answer, "X-Total-Count", "How many entries all pages have together, where it is counted.", new OpenApiSchema { Type = JsonSchemaType.Integer });
            Header(answer, "X-Verified", "The same as verified.", new OpenApiSchema { Type = JsonSchemaType.Boolean });
            Header(answer, "Link", "Address of the next page, rel=\"next\".", Text());
        }
    }

    /// <summary>Title, key, tags; and in everything that is answered, no null where a member is rather left out.</summary>
    static void Finish(OpenApiDocument document, string service)
    {
        document.Info.Title = $"County plan monitoring: {service}";
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[KeyScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = ApiKeys.Header,
            Description = "The department's key.",
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(KeyScheme, document)] = [] }];
        document.Tags = document.Paths.SelectMany(path => path.Value.Operations ?? []).SelectMany(operation => operation.Value.Tags ?? new HashSet<OpenApiTagReference>())
            .Select(tag => tag.Reference.Id!).Distinct().Select(tag => new OpenApiTag { Name = tag }).ToHashSet();
        var taken = document.Paths.SelectMany(path => path.Value.Operations ?? [])
            .SelectMany(operation => operation.Value.RequestBody?.Content?.Values.Select(one => one.Schema) ?? [])
            .OfType<IOpenApiSchema>().SelectMany(schema => schema is OpenApiSchema { OneOf: { } either } ? either : [schema])
            .OfType<OpenApiSchemaReference>().Select(reference => reference.Reference.Id!).ToHashSet();
        foreach (var (name, schema) in document.Components.Schemas ?? new Dictionary<string, IOpenApiSchema>())
            if (!taken.Contains(name)) LeaveOutNulls(schema);
    }

    static void LeaveOutNulls(IOpenApiSchema? schema)
    {
        if (schema is not OpenApiSchema own) return;
        LeaveOutNulls(own.Items);
        LeaveOutNulls(own.AdditionalProperties);
        foreach (var either in (own.OneOf ?? []).Concat(own.AnyOf ?? [])) LeaveOutNulls(either);
        foreach (var (name, member) in own.Properties?.ToList() ?? [])
        {
            own.Properties![name] = WithoutNull(member);
            LeaveOutNulls(own.Properties[name]);
        }
    }

    static IOpenApiSchema WithoutNull(IOpenApiSchema schema)
    {
        if (schema is not OpenApiSchema own) return schema;
        if (own.Type is { } type && type != JsonSchemaType.Null) own.Type = type & ~JsonSchemaType.Null;
        if (own.OneOf?.Where(either => either.Type != JsonSchemaType.Null).ToList() is [var only] && own.OneOf.Count > 1) return only;
        return own;
    }

    static void Set(OpenApiOperation operation, ParameterLocation place, string name, string description, OpenApiSchema schema)
    {
        operation.Parameters ??= [];
        foreach (var known in operation.Parameters.Where(one => one.Name == name && one.In == place).ToList()) operation.Parameters.Remove(known);
        operation.Parameters.Add(new OpenApiParameter { In = place, Name = name, Description = description, Schema = schema });
    }

    static void Content(IDictionary<string, OpenApiMediaType> content, string mediaType, IOpenApiSchema schema) =>
        content[mediaType] = new OpenApiMediaType { Schema = schema };

    static void Header(OpenApiResponse response, string name, string description, OpenApiSchema schema)
    {
        response.Headers ??= new Dictionary<string, IOpenApiHeader>();
        response.Headers[name] = new OpenApiHeader { Description = description, Schema = schema };
    }

    static OpenApiSchema Text(string? format = null) => new() { Type = JsonSchemaType.String, Format = format };

    static OpenApiSchema Bytes() => Text("binary");

    static bool IsText(string mediaType) =>
        mediaType.StartsWith("text/", StringComparison.Ordinal) || mediaType.EndsWith("+csv", StringComparison.Ordinal) ||
        mediaType.EndsWith("ndjson", StringComparison.Ordinal);

    /// <summary>What the operations of every service, and of this one, are called, by method and path.</summary>
    static Dictionary<string, Called> ReadNames(string service) => new[] { "hosting", service }
        .SelectMany(name => File.ReadLines(Path.Combine(AppContext.BaseDirectory, $"operations.{name}.tsv")))
        .Where(line => line is not ['#', ..])
        .Select(line => line.Split('\t'))
        .ToDictionary(line => line[0], line => new Called(line[1], line[2], line[3]));

    /// <summary>Doc comments of all assemblies of the project, by member.</summary>
    static Dictionary<string, XElement> ReadComments() => Directory.GetFiles(AppContext.BaseDirectory, "Monitoring.*.xml")
        .SelectMany(file => XDocument.Load(file).Descendants("member"))
        .GroupBy(member => member.Attribute("name")!.Value)
        .ToDictionary(member => member.Key, member => member.First());

    static string? Plain(XElement? element) => element is null
        ? null
        : string.Join(' ', string.Concat(element.DescendantNodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement { HasAttributes: true } reference => reference.Attributes().First().Value.Split('.', ':')[^1],
            _ => "",
        })).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex(@"\{\**([^:}?*]+)[^}]*\}")]
    private static partial Regex Placeholder();
}
