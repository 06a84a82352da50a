namespace AcmeKestrel.LocalCa.Rules;

/// <summary>draft-ietf-acme-profiles: which kind of certificate an order is for.</summary>
internal static class Profiles
{
    /// <summary>The profile's name, to be shown in the order; null = the CA knows no profiles, or prefers none.</summary>
    public static string? Choose(LocalCaServerOptions options, string? asked)
    {
        var name = asked ?? options.DefaultProfile;
        if (name is not null) _ = Lifetime(options, name);
        return name;
    }

    /// <summary>Asked again at finalize: a CA may drop a profile while an order waits.</summary>
    public static TimeSpan Lifetime(LocalCaServerOptions options, string? name)
    {
        if (name is null) return options.CertificateLifetime;
        return options.Profiles.TryGetValue(name, out var profile)
            ? profile.CertificateLifetime
            : throw new RefusalException(new Problem("invalidProfile", 400, $"There is no profile '{name}'."));
    }
}
