using System.Reflection;

namespace AcmeKestrel.Tests;

/// <summary>What a compiled type uses: every type that a member signature, a base type or a method body of it names.</summary>
internal static class TypeUses
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<Type> Of(Type type) => SignatureTypes(type).Concat(BodyTypes(type)).SelectMany(Flatten);

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

    /// <summary>The members, types among them, that method bodies of a type mention.</summary>
    public static IEnumerable<MemberInfo> MembersOf(Type type)
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

                if (member is not null) yield return member;
            }
        }
    }

    /// <summary>The texts that a type's methods write, by the method's name; not those of its constructors.</summary>
    public static ILookup<string, string> TextsOf(Type type) => type.GetMethods(Everything)
        .SelectMany(method => Instructions.Texts(method.GetMethodBody()?.GetILAsByteArray() ?? []).Select(token => (Method: method.Name, Text: type.Module.ResolveString(token))))
        .ToLookup(one => one.Method, one => one.Text);

    /// <summary>The types and the owners of the members that method bodies mention.</summary>
    private static IEnumerable<Type> BodyTypes(Type type) => MembersOf(type).Select(member => member as Type ?? member.DeclaringType).OfType<Type>();

    private static IEnumerable<Type> Flatten(Type type)
    {
        if (type.HasElementType) return Flatten(type.GetElementType()!);
        if (!type.IsGenericType || type.IsGenericTypeDefinition) return [type];
        return type.GetGenericArguments().SelectMany(Flatten).Append(type.GetGenericTypeDefinition());
    }

    /// <summary>The namespace of a type, or of the type that it is nested in.</summary>
    public static string NamespaceOf(Type type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        return type.Namespace ?? "";
    }
}
