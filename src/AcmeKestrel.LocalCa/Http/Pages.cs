namespace AcmeKestrel.LocalCa.Http;

/// <summary>What people find who follow a link of this CA in a browser.</summary>
internal static class Pages
{
    public const string Terms = "/terms";

    public const string Limits = "/limits";

    public static string Agreement(string accountId) => $"/agreement/{accountId}";

    public static string? Find(string[] path) => path switch
    {
        ["terms"] => "This CA is for development and tests. Its certificates prove nothing to anyone.\n",
        ["limits"] => "The limits of this CA are those that its test set: LocalCaServerOptions.RateLimits.\n",
        ["agreement", _] => "Whoever runs this CA agrees for an account: LocalCaServer.AgreeToTerms.\n",
        _ => null,
    };
}
