using System.Reflection;

namespace AcmeKestrel.Tests;

/// <summary>Who may use whom inside the library (docs/design.md), read from the compiled assembly, method bodies included.</summary>
public sealed class DependencyRuleTests
{
    private const string Root = "AcmeKestrel";

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Certificates"] = [],
        ["Diagnostics"] = ["Certificates"],
        ["Protocol"] = ["Certificates", "Diagnostics"],
        ["Challenges"] = ["Certificates", "Diagnostics"],
        ["Storage"] = ["Certificates", "Diagnostics"],
        ["Configuration"] = ["Certificates", "Diagnostics"],
        ["Serving"] = ["Certificates", "Diagnostics", "Configuration", "Challenges"],
        ["Desired"] = ["Certificates", "Diagnostics", "Configuration", "Storage"],
        ["Lifecycle"] = ["Certificates", "Diagnostics", "Configuration", "Protocol", "Challenges", "Storage", "Desired"],
    };

    [Fact]
    public void Rooms_use_only_the_rooms_they_may_use()
    {
        var violations = References()
            .Where(use => use.From != use.To && Allowed.TryGetValue(use.From, out var allowed) && !allowed.Contains(use.To))
            .Select(use => $"{use.From} -> {use.To}: {use.Where}")
            .Distinct()
            .ToList();

        Assert.Empty(violations);
    }

    [Fact]
    public void Every_room_is_named_in_the_rule()
    {
        var rooms = References().Select(use => use.From).Where(room => room.Length > 0).Distinct();

        Assert.Empty(rooms.Except(Allowed.Keys));
    }

    /// <summary>Every type of the library that a member signature, a base type or a method body of another type names.</summary>
    private static IEnumerable<(string From, string To, string Where)> References()
    {
        var assembly = typeof(AcmeOptions).Assembly;

        foreach (var type in assembly.GetTypes())
        {
            if (Room(type) is not { Length: > 0 } from) continue;

            foreach (var used in SignatureTypes(type).Concat(BodyTypes(type)).SelectMany(Flatten))
            {
                if (used.Assembly == assembly && Room(used) is { Length: > 0 } to) yield return (from, to, type.FullName!);
            }
        }
    }

    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static IEnumerable<Type> SignatureTypes(Type type)
    {
        if (type.BaseType is { } parent) yield return parent;
        foreach (var contract in type.GetInterfaces()) yield return contract;
        foreach (var field in type.GetFields(Everything)) yield return field.FieldType;
        foreach (var method in type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
        {
            if (method is MethodInfo { ReturnType: var result }) yield return result;
            foreach (var parameter in method.GetParameters()) yield return parameter.ParameterType;
        }
    }

    /// <summary>The types and the owners of the members that method bodies mention.</summary>
    private static IEnumerable<Type> BodyTypes(Type type)
    {
        var module = type.Module;
        var typeArguments = type.IsGenericTypeDefinition ? type.GetGenericArguments() : null;
        foreach (var method in type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
        {
            if (method.GetMethodBody()?.GetILAsByteArray() is not { } il) continue;

            var methodArguments = method.IsGenericMethodDefinition ? method.GetGenericArguments() : null;
            foreach (var token in Instructions.Tokens(il))
            {
                MemberInfo? member = null;
                try
                {
                    member = module.ResolveMember(token, typeArguments, methodArguments);
                }
                catch (ArgumentException)
                {
                    // A signature or string token.
                }

                if (member is Type used) yield return used;
                else if (member?.DeclaringType is { } owner) yield return owner;
            }
        }
    }

    private static IEnumerable<Type> Flatten(Type type)
    {
        if (type.HasElementType) return Flatten(type.GetElementType()!);
        if (!type.IsGenericType || type.IsGenericTypeDefinition) return [type];
        return type.GetGenericArguments().SelectMany(Flatten).Append(type.GetGenericTypeDefinition());
    }

    private static string? Room(Type type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        if (type.Namespace is not { } name || !name.StartsWith(Root + ".", StringComparison.Ordinal)) return null;

        var rest = name[(Root.Length + 1)..];
        return rest.Split('.')[0];
    }
}
