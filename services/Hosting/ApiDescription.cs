using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Monitoring.Hosting;

/// <summary>
/// The OpenAPI document as a newcomer needs it: the key, what every push understands, a name of its own for every row type,
/// and the doc comments as descriptions.
/// </summary>
static class ApiDescription
{
    const string KeyScheme = "ApiKey";

    public static void Add(IServiceCollection services, string service) => services.AddOpenApi("v1", options =>
    {
        var comments = new Lazy<Dictionary<string, XElement>>(ReadComments);
        options.CreateSchemaReferenceId = type => type.Type.DeclaringType is { IsAbstract: true, IsSealed: true } slice
            ? slice.Name + type.Type.Name
            : OpenApiOptions.CreateDefaultSchemaReferenceId(type);

        options.AddDocumentTransformer((document, _, _) =>
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
            return Task.CompletedTask;
        });

        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (!comments.Value.TryGetValue($"T:{context.JsonTypeInfo.Type.FullName?.Replace('+', '.')}", out var comment)) return Task.CompletedTask;
            schema.Description ??= Plain(comment.Element("summary"));
            foreach (var parameter in comment.Elements("param"))
            {
                var name = JsonNamingPolicy.CamelCase.ConvertName(parameter.Attribute("name")!.Value);
                if (schema.Properties?.TryGetValue(name, out var property) == true && property is OpenApiSchema inline)
                    inline.Description = Plain(parameter);
            }

            return Task.CompletedTask;
        });

        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            if (metadata.OfType<TakesRows>().Any())
            {
                operation.Parameters ??= [];
                Parameter(ParameterLocation.Query, "mode", "atomic (default): all rows or none; partial: the good rows.");
                Parameter(ParameterLocation.Query, "dryRun", "true: check everything, store nothing.");
                Parameter(ParameterLocation.Header, "Idempotency-Key", "The same key and request get the same answer; 1 to 255 visible ASCII characters.");
                foreach (var status in new[] { "200", "422" })
                {
                    if (operation.Responses?.GetValueOrDefault(status) is OpenApiResponse { Content: { } content })
                        content[Sheet.MediaType] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } };
                }
            }

            return Task.CompletedTask;

            void Parameter(ParameterLocation place, string name, string description) => operation.Parameters.Add(
                new OpenApiParameter { In = place, Name = name, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
        });
    });

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
}

/// <summary>Marks an endpoint that takes a push, so that its description says what every push understands.</summary>
sealed record TakesRows;
