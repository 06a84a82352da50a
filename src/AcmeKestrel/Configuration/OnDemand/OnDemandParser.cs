using AcmeKestrel.Certificates;

namespace AcmeKestrel.Configuration.OnDemand;

/// <summary>Checks <c>Acme:OnDemand</c>. Without somebody who decides it does not begin: an edge that orders whatever it is asked for is anybody's.</summary>
internal sealed class OnDemandParser(ValueReader values, ProblemList problems)
{
    private const string Key = nameof(AcmeOptions.OnDemand);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <param name="hasPermission">Code of the application's decides.</param>
    /// <returns>Null: it is off.</returns>
    public OnDemandSettings? Parse(AcmeOnDemandOptions? options, bool hasPermission)
    {
        var isAskSaid = ValueReader.Text(options?.Ask) is not null;
        var isOn = values.Flag($"{Key}:{nameof(options.Enabled)}", options?.Enabled) ?? (isAskSaid || hasPermission);
        if (isOn && !isAskSaid && !hasPermission) problems.Add($"{Key}:{nameof(options.Enabled)}", "is true, and nobody says which names may have a certificate: set Ask, or call AddOnDemand() in code.");
        if (isAskSaid && hasPermission) problems.Add($"{Key}:{nameof(options.Ask)}", "is set, and the application has a permission of its own: one of them decides.");

        var settings = new OnDemandSettings(Ask($"{Key}:{nameof(options.Ask)}", options?.Ask))
        {
            Wait = values.Duration($"{Key}:{nameof(options.Wait)}", options?.Wait, LongestWait) ?? OnDemandSettings.DefaultWait,
            Asks = Limit($"{Key}:{nameof(options.Asks)}", options?.Asks) ?? OnDemandSettings.DefaultAsks,
            NewNames = Limit($"{Key}:{nameof(options.NewNames)}", options?.NewNames) ?? OnDemandSettings.DefaultNewNames,
        };
        return isOn ? settings : null;
    }

    private Uri? Ask(string key, string? text)
    {
        if (ValueReader.Text(text) is not { } said) return null;

        var url = SafeUrl.Read(said, problem => problems.Add(key, problem), plain: ": whoever is between could say yes");
        if (url is not { Fragment.Length: > 0 }) return url;

        problems.Add(key, "is no https URL.");
        return null;
    }

    private RateLimit? Limit(string key, string? text)
    {
        if (ValueReader.Text(text) is not { } said) return null;
        if (LimitsReader.TryRead(said, out var limit)) return limit;

        problems.Add(key, $"'{said}' is no limit: write 50/1h for 50 in an hour (s, m, h or d).");
        return null;
    }
}
