using System.Reflection;
using System.Runtime.CompilerServices;
using AcmeKestrel.CommandLine;
using AcmeKestrel.Desired;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests;

/// <summary>What users can see must last (docs/design.md, "The public surface"): rules over the compiled packages. What exactly is there, PublicAPI.*.txt of each package lists.</summary>
public sealed class PublicSurfaceTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Implemented by users and called by the library, which always has a token to hand on: a default would only hide one that was forgotten.</summary>
    private static readonly Type[] Ports = [typeof(IAcmeStore), typeof(IStoreLease), typeof(IStoreWatch), typeof(IAcmeAccountKeys), typeof(IDesiredCertificateSource), typeof(ICertificateHook), typeof(IDnsProvider), typeof(IDnsLookup), typeof(IOnDemandPermission)];

    /// <summary>What configuration is bound to, and the knobs of the embedded CA, which turn while it runs.</summary>
    private static readonly Type[] Mutable =
    [
        typeof(AcmeOptions), typeof(AcmeProviderOptions), typeof(AcmeCertificateOptions), typeof(AcmeExportOptions), typeof(AcmeRenewalOptions), typeof(AcmeHttp01Options), typeof(AcmeServingOptions), typeof(AcmeTelemetryOptions),
        typeof(AcmeStoreOptions), typeof(AcmeDnsOptions), typeof(AcmePropagationOptions), typeof(AcmeHooksOptions), typeof(AcmeHookProgramOptions), typeof(AcmeWebhookOptions),
        typeof(AcmeOnDemandOptions), typeof(LocalCaOptions), typeof(LocalCaServerOptions), typeof(LocalCaRateLimits),
    ];

    /// <summary>A property that gives a mutable collection away, and why it may.</summary>
    private static readonly Dictionary<string, string> GivenAway = new()
    {
        ["AcmeInvocation.HostArguments"] = "what WebApplication.CreateBuilder takes",
    };

    [Fact]
    public void Everything_asynchronous_can_be_cancelled()
    {
        var methods = Surface().SelectMany(type => type.GetMethods(Declared).Where(method => IsAsynchronous(method) && method.Name != nameof(IAsyncDisposable.DisposeAsync))).ToList();

        Assert.Empty(methods.Where(method => method.GetParameters().LastOrDefault()?.ParameterType != typeof(CancellationToken)).Select(Text));
        Assert.Empty(methods.Where(method => !IsOfPort(method.DeclaringType!) && !method.GetParameters()[^1].HasDefaultValue).Select(Text));
        Assert.InRange(methods.Count, 40, 400);
    }

    [Fact]
    public void No_type_is_frozen_by_being_taken_apart() => Assert.DoesNotContain(Surface().SelectMany(type => type.GetMethods(Declared)), method => method.Name == "Deconstruct");

    [Fact]
    public void No_class_can_be_derived_from() => Assert.DoesNotContain(Surface(), type => type is { IsClass: true, IsSealed: false, IsAbstract: false });

    [Fact]
    public void Nothing_can_be_set_after_it_is_made_but_options() => Assert.Empty(
        from type in Surface().Except(Mutable)
        from property in type.GetProperties(Declared)
        where property.SetMethod is { IsPublic: true } setter && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))
        select $"{type.Name}.{property.Name}");

    [Fact]
    public void No_collection_can_be_changed_from_outside_but_options() => Assert.Equal(
        GivenAway.Keys.Order(),
        from type in Surface().Except(Mutable)
        from property in type.GetProperties(Declared)
        where property.GetMethod is { IsPublic: true } && IsMutableCollection(property.PropertyType)
        orderby $"{type.Name}.{property.Name}"
        select $"{type.Name}.{property.Name}");

    /// <summary>What a CA or the embedded CA says gains members as protocols do: only the library may make one.</summary>
    [Theory]
    [InlineData(typeof(AcmeDirectory))]
    [InlineData(typeof(AcmeAccount))]
    [InlineData(typeof(AcmeAccountObject))]
    [InlineData(typeof(AcmeOrder))]
    [InlineData(typeof(AcmeAuthorization))]
    [InlineData(typeof(AcmeChallenge))]
    [InlineData(typeof(AcmeCertificateDownload))]
    [InlineData(typeof(AcmeRenewalInfo))]
    [InlineData(typeof(AcmeProblem))]
    [InlineData(typeof(AcmeException))]
    [InlineData(typeof(LocalCaCertificateStatus))]
    public void What_a_CA_says_is_made_by_the_library_alone(Type answer)
    {
        Assert.Empty(answer.GetConstructors());
        Assert.Empty(answer.GetProperties(Declared).Where(property => property.SetMethod is { IsPublic: true }).Select(property => property.Name));
    }

    /// <summary>A room below a room is how its work is done.</summary>
    [Fact]
    public void What_users_see_of_the_core_stands_at_the_door_of_a_room() => Assert.Equal(
        [
            "AcmeKestrel", "AcmeKestrel.Certificates", "AcmeKestrel.Desired", "AcmeKestrel.Protocol", "AcmeKestrel.Storage", "Microsoft.AspNetCore.Hosting",
            "Microsoft.Extensions.DependencyInjection",
        ],
        typeof(AcmeOptions).Assembly.GetExportedTypes().Select(type => type.Namespace).Distinct().Order());

    /// <summary>Delegates among them: their method is <c>Invoke</c>.</summary>
    private static IEnumerable<Type> Surface() =>
        new[] { typeof(AcmeOptions), typeof(LocalCaServer), typeof(AcmeCommandLine), typeof(AcmeYarpBuilderExtensions), typeof(AcmeDnsProvidersBuilderExtensions), typeof(AcmeAzureDnsBuilderExtensions), typeof(AcmeGoogleDnsBuilderExtensions), typeof(AcmeRoute53DnsBuilderExtensions), typeof(AcmeRedisBuilderExtensions), typeof(AcmePostgreSqlBuilderExtensions) }.SelectMany(type => type.Assembly.GetExportedTypes());

    private static bool IsAsynchronous(MethodInfo method)
    {
        if (method.Name == "EndInvoke") return false;
        var result = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericTypeDefinition() : method.ReturnType;
        return result == typeof(Task) || result == typeof(Task<>) || result == typeof(ValueTask) || result == typeof(ValueTask<>) || result == typeof(IAsyncEnumerable<>);
    }

    private static bool IsOfPort(Type type) => typeof(Delegate).IsAssignableFrom(type) || Ports.Any(port => port.IsAssignableFrom(type));

    private static bool IsMutableCollection(Type type) =>
        type.IsArray || (type.IsGenericType && type.GetInterfaces().Append(type).Any(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(ICollection<>)));

    private static string Text(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";
}
