namespace AcmeKestrel.Configuration.Stores;

/// <summary>Checks <c>Acme:Store</c>. A store is made once to hear whether its keys are good; whether its engine answers is seen when it is needed, for the application starts without it.</summary>
internal sealed class StoreParser(StoreTypes types, ValueReader values, ProblemList problems)
{
    private const string Key = nameof(AcmeOptions.Store);

    private static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(5);

    public StoreSettings Parse(AcmeStoreOptions? options)
    {
        if (options is null) return StoreSettings.Directory;

        var caches = values.Flag($"{Key}:{nameof(options.Cache)}", options.Cache) ?? false;
        var said = ValueReader.Text(options.Type) ?? StoreTypes.Directory;
        if (types.Find(said) is not { } type)
        {
            problems.Add($"{Key}:{nameof(options.Type)}", $"'{said}' is no type of stores; known are {string.Join(", ", types.Names)}. AddRedis() of the package AcmeKestrel.Redis and AddPostgreSql() of AcmeKestrel.PostgreSql add one.");
            type = StoreTypes.Directory;
        }
        else if (type == StoreTypes.Directory && caches)
        {
            problems.Add($"{Key}:{nameof(options.Cache)}", "is for an engine: the state directory is on this machine.");
        }

        return ParseAs(type, options) with { Cache = caches && type != StoreTypes.Directory };
    }

    /// <summary>Of a type, in force or not.</summary>
    public StoreSettings ParseAs(string type, AcmeStoreOptions options)
    {
        var protects = values.Flag($"{Key}:{nameof(options.ProtectSecrets)}", options.ProtectSecrets) ?? false;
        var lease = Lease(options.LeaseDuration);
        if (type == StoreTypes.Directory) return StoreSettings.Directory with { ProtectSecrets = protects };

        IReadOnlyDictionary<string, string?> keys = KeysOf(type, options) ?? [];
        Check(type, new AcmeComponentConfiguration(type, keys));
        return new StoreSettings(type, new(keys), protects) { LeaseDuration = lease };
    }

    private TimeSpan Lease(string? text)
    {
        const string LeaseKey = $"{Key}:{nameof(AcmeStoreOptions.LeaseDuration)}";
        var said = values.Duration(LeaseKey, text, TimeSpan.FromMinutes(5)) ?? StoreSettings.UsualLease;
        if (said < ShortestLease) problems.Add(LeaseKey, $"'{text}' is less than {ShortestLease}: a pause of the machine would cost the lease.");
        return said;
    }

    private static Dictionary<string, string?>? KeysOf(string type, AcmeStoreOptions options) => type switch
    {
        nameof(options.Redis) => options.Redis,
        nameof(options.PostgreSql) => options.PostgreSql,
        _ => null,
    };

    private void Check(string type, AcmeComponentConfiguration configuration)
    {
        (types.Create(type, configuration) as IDisposable)?.Dispose();
        foreach (var (wrong, problem) in configuration.Problems) problems.Add($"{Key}:{type}:{wrong}", problem);
        foreach (var unknown in configuration.UnknownKeys) problems.Add($"{Key}:{type}:{unknown}", $"is no known key; known here are {string.Join(", ", configuration.KnownKeys)}.");
    }
}
