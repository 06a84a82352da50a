using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>What nobody may read in a log, a message or a status.</summary>
internal static class Secrets
{
    public const string PlainMacKey = "secret-secret-secret-secret";

    public const string MacKey = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0";

    public static void AssertNoneIn(IEnumerable<string?> texts, IEnumerable<string> privateKeyPems, IEnumerable<string> signatures)
    {
        string[] secrets = [.. privateKeyPems.SelectMany(OfKey), .. signatures, MacKey, PlainMacKey, FaultyTransport.Capability];
        var all = SearchValues.Create(secrets, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(texts, text => text.AsSpan().ContainsAny(all));
    }

    /// <summary>The body of the PEM text and the private number in all common spellings.</summary>
    private static IEnumerable<string> OfKey(string pem)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        var number = key.ExportParameters(includePrivateParameters: true).D!;
        string[] lines = [.. pem.Split('\n').Where(line => line.Length > 20 && line[0] != '-')];
        return [.. lines, string.Concat(lines), Convert.ToBase64String(number), Base64Url.EncodeToString(number), Convert.ToHexString(number)];
    }
}
