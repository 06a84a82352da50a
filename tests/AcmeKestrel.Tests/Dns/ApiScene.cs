using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Dns.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Dns;

/// <summary>A provider as the application's configuration makes it, whose requests go to a handler of the test's.</summary>
internal static class ApiScene
{
    public const string Token = "top-secret-token";

    public const string Value = "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ";

    public static DnsChallengeRecord Record { get; } = new("_acme-challenge.www.shop.test", Value, "www.shop.test", "-token", "-token.thumbprint");

    public static IDnsProvider Create(string type, HttpMessageHandler handler, params (string Key, string Value)[] keys) => Create(type, handler, new ImpatientTime(), keys);

    public static IDnsProvider Create(string type, HttpMessageHandler handler, TimeProvider time, params (string Key, string Value)[] keys) =>
        Create(type, services => services.AddSingleton(new ApiTransport(handler, time)), keys);

    public static IDnsProvider Create(string type, Action<IServiceCollection> also, params (string Key, string Value)[] keys)
    {
        var (provider, configuration) = Read(type, also, keys);
        Assert.Empty(configuration.Problems);
        Assert.Empty(configuration.UnknownKeys);
        return provider;
    }

    /// <summary>What is wrong with the keys.</summary>
    public static IEnumerable<string> Problems(string type, params (string Key, string Value)[] keys)
    {
        var (_, configuration) = Read(type, _ => { }, keys);
        return configuration.Problems.Select(problem => $"{problem.Key} {problem.Problem}").Concat(configuration.UnknownKeys.Select(key => $"{key} is unknown")).Order(StringComparer.Ordinal);
    }

    private static (IDnsProvider Provider, AcmeComponentConfiguration Configuration) Read(string type, Action<IServiceCollection> also, (string Key, string Value)[] keys)
    {
        var builder = new Builder();
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug));
        builder.Services.AddSingleton<IAcmePrograms>(new NoPrograms());
        also(builder.Services);
        builder.AddDns().AddDns().AddAzureDns().AddGoogleDns().AddRoute53Dns();
        var services = builder.Services.BuildServiceProvider();
        var configuration = new AcmeComponentConfiguration("mine", keys.ToDictionary(pair => pair.Key, pair => (string?)pair.Value));
        return (new DnsProviderTypes(services.GetServices<DnsProviderType>(), [], services).Create(type, configuration), configuration);
    }

    private sealed class Builder : IAcmeBuilder
    {
        public IServiceCollection Services { get; } = new ServiceCollection();
    }

    private sealed class NoPrograms : IAcmePrograms
    {
        public string? FindFault(string program) => "there are none here";

        public Task<AcmeProgramResult> RunAsync(string program, IReadOnlyList<string> arguments, TimeSpan limit, CancellationToken cancellationToken) => throw new InvalidOperationException();
    }
}
