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

    /// <summary>The namespace of a type, or of the type that it is nested in.</summary>
    public static string NamespaceOf(Type type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        return type.Namespace ?? "";
    }
}
