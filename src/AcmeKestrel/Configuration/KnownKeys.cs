using Microsoft.Extensions.Configuration;

namespace AcmeKestrel.Configuration;

/// <summary>Finds keys that no option has (a misspelt one would be ignored in silence), and values where the options have a list or a section.</summary>
internal static class KnownKeys
{
    private static readonly Shape Value = new(ShapeKind.Value);
    private static readonly Shape ValueList = new(ShapeKind.List);

    private static readonly Shape Section = Keys(new()
    {
        [nameof(AcmeOptions.Enabled)] = Value,
        [nameof(AcmeOptions.Email)] = Value,
        [nameof(AcmeOptions.AcceptTermsOfService)] = Value,
        [nameof(AcmeOptions.Provider)] = Value,
        [nameof(AcmeOptions.FallbackProviders)] = ValueList,
        [nameof(AcmeOptions.Providers)] = Each(Keys(new()
        {
            [nameof(AcmeProviderOptions.Directory)] = Value,
            [nameof(AcmeProviderOptions.TrustedRootsFile)] = Value,
            [nameof(AcmeProviderOptions.Proxy)] = Value,
            [nameof(AcmeProviderOptions.EabKeyId)] = Value,
            [nameof(AcmeProviderOptions.EabHmacKey)] = Value,
            [nameof(AcmeProviderOptions.EabAlgorithm)] = Value,
            [nameof(AcmeProviderOptions.PreferredChain)] = Value,
            [nameof(AcmeProviderOptions.Profile)] = Value,
            [nameof(AcmeProviderOptions.RequireProfile)] = Value,
            [nameof(AcmeProviderOptions.Limits)] = Value,
            [nameof(AcmeProviderOptions.Staging)] = Value,
        })),
        [nameof(AcmeOptions.Domains)] = ValueList,
        [nameof(AcmeOptions.Certificates)] = Each(Keys(new()
        {
            [nameof(AcmeCertificateOptions.Names)] = ValueList,
            [nameof(AcmeCertificateOptions.Provider)] = Value,
            [nameof(AcmeCertificateOptions.FallbackProviders)] = ValueList,
            [nameof(AcmeCertificateOptions.Email)] = Value,
            [nameof(AcmeCertificateOptions.KeyType)] = Value,
            [nameof(AcmeCertificateOptions.Profile)] = Value,
            [nameof(AcmeCertificateOptions.RequireProfile)] = Value,
            [nameof(AcmeCertificateOptions.PreferredChain)] = Value,
            [nameof(AcmeCertificateOptions.ReuseKey)] = Value,
            [nameof(AcmeCertificateOptions.Challenges)] = ValueList,
            [nameof(AcmeCertificateOptions.Dns)] = Value,
            [nameof(AcmeCertificateOptions.IncludeBareDomain)] = Value,
        })),
        [nameof(AcmeOptions.IncludeBareDomain)] = Value,
        [nameof(AcmeOptions.Wildcards)] = ValueList,
        [nameof(AcmeOptions.KeyType)] = Value,
        [nameof(AcmeOptions.ReuseKey)] = Value,
        [nameof(AcmeOptions.Challenges)] = ValueList,
        [nameof(AcmeOptions.StateDirectory)] = Value,
        [nameof(AcmeOptions.DefaultName)] = Value,
        [nameof(AcmeOptions.Http01)] = Keys(new()
        {
            [nameof(AcmeHttp01Options.TrustForwardedHost)] = Value,
        }),
        [nameof(AcmeOptions.Preflight)] = Value,
        [nameof(AcmeOptions.KeyGroup)] = Value,
        [nameof(AcmeOptions.Exports)] = ListOf(Keys(new()
        {
            [nameof(AcmeExportOptions.Certificate)] = Value,
            [nameof(AcmeExportOptions.Format)] = Value,
            [nameof(AcmeExportOptions.Part)] = Value,
            [nameof(AcmeExportOptions.Path)] = Value,
            [nameof(AcmeExportOptions.Owner)] = Value,
            [nameof(AcmeExportOptions.Group)] = Value,
            [nameof(AcmeExportOptions.Mode)] = Value,
            [nameof(AcmeExportOptions.PasswordFile)] = Value,
        })),
        [nameof(AcmeOptions.Dns)] = Keys(new()
        {
            [nameof(AcmeDnsOptions.Default)] = Value,
            [nameof(AcmeDnsOptions.Providers)] = Each(Each(Value)),
            [nameof(AcmeDnsOptions.Zones)] = Each(Value),
            [nameof(AcmeDnsOptions.Aliases)] = Each(Value),
            [nameof(AcmeDnsOptions.Resolvers)] = ValueList,
            [nameof(AcmeDnsOptions.Propagation)] = Keys(new()
            {
                [nameof(AcmePropagationOptions.Check)] = Value,
                [nameof(AcmePropagationOptions.Timeout)] = Value,
                [nameof(AcmePropagationOptions.Delay)] = Value,
            }),
        }),
        [nameof(AcmeOptions.Store)] = Keys(new()
        {
            [nameof(AcmeStoreOptions.Type)] = Value,
            [nameof(AcmeStoreOptions.ProtectSecrets)] = Value,
            [nameof(AcmeStoreOptions.Cache)] = Value,
            [nameof(AcmeStoreOptions.LeaseDuration)] = Value,
            [nameof(AcmeStoreOptions.Redis)] = Each(Value),
            [nameof(AcmeStoreOptions.PostgreSql)] = Each(Value),
        }),
        [nameof(AcmeOptions.StartDelay)] = Value,
        [nameof(AcmeOptions.Serving)] = Keys(new()
        {
            [nameof(AcmeServingOptions.MaxLoaded)] = Value,
            [nameof(AcmeServingOptions.HotNames)] = Value,
        }),
        [nameof(AcmeOptions.Telemetry)] = Keys(new()
        {
            [nameof(AcmeTelemetryOptions.CertificateNames)] = Value,
        }),
        [nameof(AcmeOptions.Renewal)] = Keys(new()
        {
            [nameof(AcmeRenewalOptions.Fraction)] = Value,
            [nameof(AcmeRenewalOptions.ShortFraction)] = Value,
            [nameof(AcmeRenewalOptions.Ari)] = Value,
        }),
        [nameof(AcmeOptions.Hooks)] = Keys(new()
        {
            [nameof(AcmeHooksOptions.Directory)] = Value,
            [nameof(AcmeHooksOptions.Programs)] = Each(Keys(new()
            {
                [nameof(AcmeHookProgramOptions.Command)] = Value,
                [nameof(AcmeHookProgramOptions.Args)] = ValueList,
                [nameof(AcmeHookProgramOptions.Events)] = ValueList,
                [nameof(AcmeHookProgramOptions.Json)] = Value,
                [nameof(AcmeHookProgramOptions.Protocol)] = Value,
            })),
            [nameof(AcmeHooksOptions.Webhooks)] = Each(Keys(new()
            {
                [nameof(AcmeWebhookOptions.Url)] = Value,
                [nameof(AcmeWebhookOptions.Secret)] = Value,
                [nameof(AcmeWebhookOptions.SecretFile)] = Value,
                [nameof(AcmeWebhookOptions.Events)] = ValueList,
            })),
        }),
        [nameof(AcmeOptions.OnDemand)] = Keys(new()
        {
            [nameof(AcmeOnDemandOptions.Enabled)] = Value,
            [nameof(AcmeOnDemandOptions.Ask)] = Value,
            [nameof(AcmeOnDemandOptions.Wait)] = Value,
            [nameof(AcmeOnDemandOptions.Asks)] = Value,
            [nameof(AcmeOnDemandOptions.NewNames)] = Value,
        }),
        [nameof(AcmeOptions.Keep)] = Value,
        [nameof(AcmeOptions.UnknownHosts)] = Value,
    });

    /// <summary>Every key that takes a value: <c>*</c> stands for a name of the user's choice, <c>[]</c> for the places of a list.</summary>
    public static IEnumerable<string> All => Section.Leaves(AcmeOptions.SectionName);

    public static void Check(IConfiguration section, ProblemList problems)
    {
        foreach (var child in section.GetChildren()) CheckChild(child, child.Key, Section, problems);
    }

    private static void CheckChild(IConfigurationSection entry, string key, Shape parent, ProblemList problems)
    {
        if (parent.Of(entry.Key) is not { } shape)
        {
            problems.Add(key, parent.Children is { } known ? $"is no known key; known here are {string.Join(", ", known.Keys)}." : "is no known key.");
            return;
        }

        if (shape.Kind == ShapeKind.List && !string.IsNullOrEmpty(entry.Value)) problems.Add(key, $"is a list: write {key}:0, {key}:1 and so on.");
        if (shape.Kind == ShapeKind.Keys && !string.IsNullOrEmpty(entry.Value)) problems.Add(key, "is a section and takes no value of its own.");

        // Looking for what is under a key goes through all keys of the configuration, and Domains may have a hundred thousand.
        if (parent.Kind == ShapeKind.List && shape.Kind == ShapeKind.Value && entry.Value is not null) return;
        foreach (var child in entry.GetChildren()) CheckChild(child, $"{key}:{child.Key}", shape, problems);
    }

    private static Shape Keys(Dictionary<string, Shape> children) =>
        new(ShapeKind.Keys) { Children = new Dictionary<string, Shape>(children, StringComparer.OrdinalIgnoreCase) };

    private static Shape Each(Shape item) => new(ShapeKind.Keys) { Item = item };

    private static Shape ListOf(Shape item) => new(ShapeKind.List) { Item = item };

    private enum ShapeKind
    {
        Value,
        List,
        Keys,
    }

    private sealed record Shape(ShapeKind Kind)
    {
        public Dictionary<string, Shape>? Children { get; init; }

        /// <summary>What stands under a name of the user's choice, or in a place of a list.</summary>
        public Shape? Item { get; init; }

        public Shape? Of(string key) => Kind switch
        {
            ShapeKind.List => Item ?? Value,
            ShapeKind.Keys => Item ?? Children?.GetValueOrDefault(key),
            _ => null,
        };

        public IEnumerable<string> Leaves(string path) => Kind switch
        {
            ShapeKind.Value => [path],
            ShapeKind.List => Item?.Leaves($"{path}[]") ?? [$"{path}[]"],
            _ => Item?.Leaves($"{path}:*") ?? Children!.SelectMany(child => child.Value.Leaves($"{path}:{child.Key}")),
        };
    }
}
