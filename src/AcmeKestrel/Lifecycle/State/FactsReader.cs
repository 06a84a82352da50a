using System.Text.Json;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>What certificate records say of their certificates. Nothing is checked against a certificate: that is done when it is used.</summary>
internal sealed class FactsReader
{
    private static readonly (AcmeKeyType Type, string Word)[] KeyTypes = [.. Enum.GetValues<AcmeKeyType>().Select(type => (type, type.ToString()))];

    /// <summary>Of one state nearly all certificates have the same.</summary>
    private string? _directoryUrl, _accountUrl, _profile, _wishedProfile;

    /// <param name="json">The record's part <see cref="GenerationRecord.FactsPart"/>.</param>
    /// <returns>Null where only the whole record can tell.</returns>
    public CertificateFacts? TryRead(string label, string generation, ReadOnlySpan<byte> json) => TryReadQuickly(label, generation, json) ?? TryReadAnyhow(label, generation, json);

    /// <summary>As this program writes it: a start does this a hundred thousand times, and makes no text that it does not keep. Null for whatever was written otherwise.</summary>
    private CertificateFacts? TryReadQuickly(string label, string generation, ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            return Read(label, generation, ref reader);
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private CertificateFacts? Read(string label, string generation, ref Utf8JsonReader json)
    {
        string[]? names = null;
        string? directoryUrl = null, accountUrl = null, profile = null, wishedProfile = null, renewalId = null;
        AcmeKeyType? keyType = null;
        DateTimeOffset notBefore = default, notAfter = default;
        var (isOrderNamed, isCertificateNamed) = (false, false);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (IsNext(ref json, "names"u8)) names = ReadNames(ref json, label);
            else if (IsNext(ref json, "orderUrl"u8)) isOrderNamed = json.TokenType is JsonTokenType.String;
            else if (IsNext(ref json, "certificateUrl"u8)) isCertificateNamed = json.TokenType is JsonTokenType.String;
            else if (IsNext(ref json, "directoryUrl"u8)) directoryUrl = ReadShared(ref json, ref _directoryUrl);
            else if (IsNext(ref json, "accountUrl"u8)) accountUrl = ReadShared(ref json, ref _accountUrl);
            else if (IsNext(ref json, "keyType"u8)) keyType = KeyTypeOf(ref json);
            else if (IsNext(ref json, "profile"u8)) profile = ReadShared(ref json, ref _profile);
            else if (IsNext(ref json, "wishedProfile"u8)) wishedProfile = ReadShared(ref json, ref _wishedProfile);
            else if (IsNext(ref json, "renewalId"u8)) renewalId = json.GetString();
            else if (IsNext(ref json, "notBefore"u8)) notBefore = json.GetDateTimeOffset();
            else if (IsNext(ref json, "notAfter"u8)) notAfter = json.GetDateTimeOffset();
            else if (IsNext(ref json, "issuedAt"u8)) json.GetDateTimeOffset();
            else if (IsNext(ref json, "challengeType"u8) && json.TokenType is JsonTokenType.String or JsonTokenType.Null) continue;
            else if (!IsNext(ref json, "earlier"u8) || !PassTexts(ref json)) return null;
        }

        var isWhole = json.TokenType is JsonTokenType.EndObject && !json.Read() && isOrderNamed && isCertificateNamed;
        return isWhole && names is not null && directoryUrl is not null && accountUrl is not null && keyType is { } key
            ? Facts(label, generation, names, key, directoryUrl, accountUrl, profile, wishedProfile, renewalId, notBefore, notAfter)
            : null;
    }

    /// <summary>Whatever a hand left there.</summary>
    internal static CertificateFacts? TryReadAnyhow(string label, string generation, ReadOnlySpan<byte> json) => GenerationRecord.TryReadMeta(json) is { } meta
        ? Facts(
            label, generation, [.. meta.Names.Select(name => name == label ? label : name)], meta.KeyType, string.Intern(meta.DirectoryUrl), string.Intern(meta.AccountUrl), meta.Profile, meta.WishedProfile, meta.RenewalId, meta.NotBefore, meta.NotAfter)
        : null;

    private static CertificateFacts? Facts(
        string label, string generation, string[] names, AcmeKeyType keyType, string directoryUrl, string accountUrl, string? profile, string? wishedProfile, string? renewalId, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        if (renewalId is null || names.Length == 0 || Array.Exists(names, string.IsNullOrEmpty) || notBefore == default || notAfter <= notBefore) return null;

        return new CertificateFacts(label, generation, new SubjectNameSet(names), keyType, FamilyOf(keyType), new CaKey(directoryUrl), profile, notBefore, notAfter)
        {
            AccountUrl = accountUrl,
            WishedProfile = wishedProfile,
            RenewalId = renewalId.Length > 0 ? renewalId : null,
        };
    }

    /// <summary>Whether this member is the one at hand; its value is, then.</summary>
    private static bool IsNext(ref Utf8JsonReader json, ReadOnlySpan<byte> member) => json.TokenType is JsonTokenType.PropertyName && json.ValueTextEquals(member) && json.Read();

    private static string[]? ReadNames(ref Utf8JsonReader json, string label)
    {
        if (json.TokenType is not JsonTokenType.StartArray) return null;

        var names = new List<string>(1);
        while (json.Read() && json.TokenType is JsonTokenType.String) names.Add(json.ValueTextEquals(label) ? label : json.GetString()!);
        return json.TokenType is JsonTokenType.EndArray ? [.. names] : null;
    }

    private static bool PassTexts(ref Utf8JsonReader json)
    {
        if (json.TokenType is not JsonTokenType.StartArray) return false;
        while (json.Read() && json.TokenType is JsonTokenType.String) continue;
        return json.TokenType is JsonTokenType.EndArray;
    }

    private static string? ReadShared(ref Utf8JsonReader json, ref string? last)
    {
        if (json.TokenType is JsonTokenType.Null) return null;
        if (last is null || !json.ValueTextEquals(last)) last = string.Intern(json.GetString()!);
        return last;
    }

    private static AcmeKeyType? KeyTypeOf(ref Utf8JsonReader json)
    {
        foreach (var (type, word) in KeyTypes)
        {
            if (json.ValueTextEquals(word)) return type;
        }

        return null;
    }

    private static KeyFamily FamilyOf(AcmeKeyType type) => type switch
    {
        AcmeKeyType.P256 => KeyFamily.P256,
        AcmeKeyType.P384 => KeyFamily.P384,
        _ => KeyFamily.Rsa,
    };
}
