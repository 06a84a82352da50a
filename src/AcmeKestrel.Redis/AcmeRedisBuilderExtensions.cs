using AcmeKestrel;
using AcmeKestrel.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Redis as the place of the state, for several machines.</summary>
public static class AcmeRedisBuilderExtensions
{
    private const string Type = "Redis";
    private const string Configuration = "Configuration";
    private const string KeyPrefix = "KeyPrefix";

    /// <summary>Adds the type <c>Redis</c> of stores, which <c>Acme:Store:Type</c> may name. Calling it twice is harmless.</summary>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    public static IAcmeBuilder AddRedis(this IAcmeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddStoreType(Type, Create);
    }

    /// <summary>Keeps the state in Redis, whatever <c>Acme:Store:Type</c> says.</summary>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    /// <param name="configuration">In the words of StackExchange.Redis, such as <c>redis.example.com:6379,user=acme,password=...</c>; null: <c>Acme:Store:Redis:Configuration</c> says it.</param>
    public static IAcmeBuilder UseRedis(this IAcmeBuilder builder, string? configuration = null)
    {
        builder.AddRedis();
        builder.Services.Configure<AcmeOptions>(options =>
        {
            options.Store ??= new AcmeStoreOptions();
            options.Store.Type = Type;
            if (configuration is not null) options.Store.Redis = new Dictionary<string, string?>(options.Store.Redis ?? [], StringComparer.OrdinalIgnoreCase) { [Configuration] = configuration };
        });
        return builder;
    }

    private static RedisStore Create(AcmeComponentConfiguration configuration, IServiceProvider services)
    {
        var (said, secret) = (configuration.Find(Configuration), configuration.ReadSecret(Configuration));
        if (said is not null && RedisConfiguration.FindProblem(said) is { } problem) configuration.Refuse(Configuration, problem);

        var prefix = configuration.Find(KeyPrefix) ?? RedisKeys.DefaultPrefix;
        if (!RedisKeys.IsPrefix(prefix)) configuration.Refuse(KeyPrefix, $"'{prefix}' {RedisKeys.NoPrefix}.");

        var tls = RedisTls.Read(configuration);
        return new RedisStore(
            () => tls.Put(RedisConfiguration.Parse(secret.Read())),
            new RedisKeys(RedisKeys.IsPrefix(prefix) ? prefix : RedisKeys.DefaultPrefix),
            services.GetService<TimeProvider>() ?? TimeProvider.System,
            services.GetService<ILogger<RedisStore>>() ?? Microsoft.Extensions.Logging.Abstractions.NullLogger<RedisStore>.Instance);
    }
}
