using System.Reflection;

namespace Monitoring.Contracts.Tests;

/// <summary>A change of the public language is seen in review: names and types must match the approved list.</summary>
public sealed class ApprovedSurfaceTests
{
    [Fact]
    public void The_public_surface_is_the_approved_one()
    {
        var surface = typeof(EventTypes).Assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(Lines).ToList();
        var approved = Path.Combine(TestServers.Root, "tests", "Contracts.Tests", "approved", "Contracts.txt");
        // What a reviewer copies over the approved file, if the change is meant.
        File.WriteAllLines(Path.Combine(AppContext.BaseDirectory, "Contracts.received.txt"), surface);
        Assert.Equal(File.ReadAllLines(approved), surface);
    }

    static IEnumerable<string> Lines(Type type)
    {
        var name = type.GetCustomAttribute<EventTypeAttribute>()?.Name;
        yield return $"{type.FullName}{(name is null ? "" : $" = {name}")}";
        if (type.IsEnum)
        {
            foreach (var code in Enum.GetNames(type)) yield return $"    {code}";
            yield break;
        }

        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            yield return $"    {property.Name}: {NameOf(property.PropertyType)}";
    }

    static string NameOf(Type type) => Nullable.GetUnderlyingType(type) is { } inner ? NameOf(inner) + "?"
        : type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
        : type.Name;
}
