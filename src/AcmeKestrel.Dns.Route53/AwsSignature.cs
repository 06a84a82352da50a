using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AcmeKestrel.Dns.Route53;

/// <summary>Signature Version 4, which the SDK keeps to its own clients. Route 53 is a global service, of the region us-east-1.</summary>
internal static class AwsSignature
{
    private const string Region = "us-east-1";
    private const string Service = "route53";

    /// <summary>The headers that make the request one of the keys' owner.</summary>
    /// <param name="url">Its query is sorted by names and escaped.</param>
    /// <param name="token">Of keys that last for a while.</param>
    public static IReadOnlyList<(string Name, string Value)> Sign(string method, Uri url, string body, string accessKey, string secretKey, string? token, DateTimeOffset now)
    {
        var moment = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{moment[..8]}/{Region}/{Service}/aws4_request";
        var signed = token is { Length: > 0 } ? "host;x-amz-date;x-amz-security-token" : "host;x-amz-date";
        var headers = $"host:{url.Authority}\nx-amz-date:{moment}\n{(token is { Length: > 0 } ? $"x-amz-security-token:{token}\n" : "")}";
        var request = $"{method}\n{url.AbsolutePath}\n{url.Query.TrimStart('?')}\n{headers}\n{signed}\n{Hash(body)}";
        var toSign = $"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{Hash(request)}";
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes($"AWS4{secretKey}"), (secret, part) => HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(part)));
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));

        List<(string, string)> shown = [("Authorization", $"AWS4-HMAC-SHA256 Credential={accessKey}/{scope}, SignedHeaders={signed}, Signature={signature}"), ("x-amz-date", moment)];
        if (token is { Length: > 0 }) shown.Add(("x-amz-security-token", token));
        return shown;
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
