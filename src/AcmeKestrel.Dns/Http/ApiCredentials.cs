using System.Text;

namespace AcmeKestrel.Dns.Http;

/// <param name="Headers">What a request shows.</param>
/// <param name="Secrets">What no message may hold.</param>
internal sealed record ApiCredentials(IReadOnlyList<(string Name, string Value)> Headers, IReadOnlyList<string> Secrets)
{
    public static ApiCredentials None { get; } = new([], []);

    public static ApiCredentials Bearer(AcmeSecret token) => Bearer(token.Read());

    public static ApiCredentials Bearer(string token) => Of([token], ("Authorization", $"Bearer {token}"));

    public static ApiCredentials Basic(string user, string password)
    {
        var both = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        return Of([password, both], ("Authorization", $"Basic {both}"));
    }

    public static ApiCredentials Of(IReadOnlyList<string> secrets, params IReadOnlyList<(string Name, string Value)> headers) =>
        headers.All(header => header.Value.All(c => c is >= ' ' and <= '~'))
            ? new ApiCredentials(headers, secrets)
            : throw new DnsProviderException("The secret has characters that no request can hold, such as a line break");

    /// <summary>Some services quote what they were shown.</summary>
    public string Hide(string text) => Secrets.Where(secret => secret.Length > 0).Aggregate(text, (hidden, secret) => hidden.Replace(secret, "[...]", StringComparison.Ordinal));

    public override string ToString() => "(credentials)";
}
