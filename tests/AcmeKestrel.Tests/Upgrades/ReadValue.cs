using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AcmeKestrel.Tests.Upgrades;

/// <summary>What is wrong with an object that was read, by what its types say of themselves.</summary>
internal static class ReadValue
{
    /// <summary>Members that are null and must not be, that cannot be asked, or that are not what their initializer says though the JSON lacks them.</summary>
    public static IEnumerable<string> FaultsOf(StoredType stored, object value, JsonElement json) => value switch
    {
        string or JsonElement => [],
        IDictionary entries => entries.Values.Cast<object>().Zip(json.EnumerateObject()).SelectMany(pair => FaultsOf(stored, pair.First, pair.Second.Value)),
        IEnumerable elements => elements.Cast<object>().Zip(json.EnumerateArray()).SelectMany(pair => FaultsOf(stored, pair.First, pair.Second)),
        _ when stored.InfoOf(value.GetType()) is { Kind: JsonTypeInfoKind.Object } type => FaultsOfObject(stored, value, type, json),
        _ => [],
    };

    private static IEnumerable<string> FaultsOfObject(StoredType stored, object value, JsonTypeInfo type, JsonElement json)
    {
        foreach (var property in value.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (FaultOf(property, value) is { } fault) yield return $"{value.GetType().Name}.{property.Name} {fault}";
        }

        foreach (var member in type.Properties.Where(FilledJson.IsRead))
        {
            var read = member.Get!(value);
            if (!json.TryGetProperty(member.Name, out var inner))
            {
                if (member.AssociatedParameter is null && Text(stored, member, read) is var found && Text(stored, member, Unset(type, value, member)) is var meant && found != meant) yield return $"{value.GetType().Name}.{member.Name} is {found} and not {meant}";
            }
            else if (read is not null && inner.ValueKind is not JsonValueKind.Null)
            {
                foreach (var fault in FaultsOf(stored, read, inner)) yield return fault;
            }
        }
    }

    private static string? FaultOf(PropertyInfo property, object value)
    {
        try
        {
            var read = property.GetValue(value);
            if (read is null && new NullabilityInfoContext().Create(property).ReadState is NullabilityState.NotNull) return "is null";
            return read?.GetType().GetProperty("IsDefault") is { } isDefault && isDefault.GetValue(read) is true ? "is default" : null;
        }
        catch (TargetInvocationException thrown)
        {
            return $"throws {thrown.InnerException!.GetType().Name}";
        }
    }

    /// <summary>The member of an instance that was made with the same arguments and nothing else.</summary>
    private static object? Unset(JsonTypeInfo type, object value, JsonPropertyInfo member)
    {
        var constructor = value.GetType().GetConstructors().OrderByDescending(one => one.GetParameters().Length).First();
        var arguments = constructor.GetParameters().Select(parameter => type.Properties.Single(one => one.AssociatedParameter?.Name == parameter.Name || string.Equals(one.Name, parameter.Name, StringComparison.OrdinalIgnoreCase)).Get!(value));
        return member.Get!(constructor.Invoke([.. arguments]));
    }

    private static string Text(StoredType stored, JsonPropertyInfo member, object? value) => value is null ? "null" : JsonSerializer.Serialize(value, stored.InfoOf(member.PropertyType));
}
