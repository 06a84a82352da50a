using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>A generation as a record: parts <c>cert</c>, <c>chain</c>, <c>fullchain</c>, <c>privkey</c> and <c>meta.json</c>.</summary>
internal static class GenerationRecord
{
    public static RecordKey Key(string label, string generation) => new(RecordKind.Certificate, $"{label}@{generation}");

    /// <summary>Splits a record's name; a label may hold an @, a generation never does.</summary>
    public static (string Label, string Generation) Names(RecordKey key)
    {
        var at = key.Name.LastIndexOf('@');
        return at < 0 ? (key.Name, "") : (key.Name[..at], key.Name[(at + 1)..]);
    }

    /// <param name="earlier">The label's generations before this one.</param>
    public static RecordContent Write(Generation generation, IReadOnlyList<string>? earlier = null)
    {
        var (chain, origin) = (generation.Chain, generation.Origin);
        var meta = new GenerationMeta(
            [.. chain.Identifiers.Select(name => name.Value)], origin.OrderUrl, origin.CertificateUrl, origin.DirectoryUrl, origin.AccountUrl,
            origin.KeyType, origin.Profile, origin.ChallengeType, origin.IssuedAt, chain.NotBefore, chain.NotAfter)
        {
            WishedProfile = origin.WishedProfile,
            RenewalId = AcmeRenewalInfo.IdOf(chain.Leaf) ?? "",
            Earlier = earlier,
        };
        return new RecordContent([
            RecordCodec.Text("cert", chain.ToLeafPem()),
            RecordCodec.Text("chain", chain.ToIntermediatesPem()),
            RecordCodec.Text("fullchain", chain.ToFullChainPem()),
            RecordCodec.Text("privkey", CertificateKey.ToPem(generation.PrivateKeyPkcs8.Span), secret: true),
            RecordCodec.Json("meta.json", meta, StateJson.Default.GenerationMeta)]);
    }

    /// <summary>The label's generations before this one; null where the record does not say.</summary>
    public static IReadOnlyList<string>? TryReadEarlier(StoreRecord record) =>
        record.Error is null && record.Content.Find(FactsPart) is { } part && TryReadMeta(part.Span)?.Earlier is { } earlier && earlier.All(IsId) ? earlier : null;

    /// <summary>The part that <see cref="FactsReader"/> wants.</summary>
    public const string FactsPart = "meta.json";

    /// <summary>What is needed of it to serve it: the others say the same in other words.</summary>
    public static readonly IReadOnlyList<string> UsedParts = ["fullchain", "privkey", FactsPart];

    /// <summary>What a generation says of itself.</summary>
    public static CertificateFacts FactsOf(Generation generation) => CertificateFacts.Of(generation) with { RenewalId = AcmeRenewalInfo.IdOf(generation.Chain.Leaf) };

    /// <summary>With every check there is.</summary>
    /// <exception cref="DamagedRecordException">It cannot be served.</exception>
    public static Generation Read(StoreRecord record) => Read(record.Key, RecordCodec.Whole(record), Check);

    /// <summary>For a handshake that waits: with the checks that need no help of the platform, which checks the rest when it takes the key.</summary>
    /// <exception cref="DamagedRecordException">It cannot be served.</exception>
    public static Generation ReadForUse(StoreRecord record) => ReadForUse(record.Key, RecordCodec.Whole(record));

    /// <param name="content">At least <see cref="UsedParts"/>.</param>
    /// <exception cref="DamagedRecordException">It cannot be served.</exception>
    public static Generation ReadForUse(RecordKey key, RecordContent content) => Read(key, content, CheckForUse);

    /// <summary>Null for what is no such text.</summary>
    public static GenerationMeta? TryReadMeta(ReadOnlySpan<byte> part)
    {
        try
        {
            return JsonSerializer.Deserialize(part, StateJson.Default.GenerationMeta);
        }
        catch (Exception damaged) when (damaged is JsonException or NotSupportedException)
        {
            return null;
        }
    }

    private static Generation Read(RecordKey key, RecordContent content, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, (CertificateChain Chain, byte[] Key, string? Fault)> check) => RecordCodec.Decode(key, () =>
    {
        var (label, id) = Names(key);
        var meta = RecordCodec.Json(key, content, FactsPart, StateJson.Default.GenerationMeta);
        var (chain, privateKey, fault) = check(RecordCodec.Part(key, content, "fullchain"), RecordCodec.Part(key, content, "privkey"));
        if (fault is not null) throw new DamagedRecordException($"{key}: {fault}");

        return new Generation(label, id, chain, privateKey, new GenerationOrigin(
            meta.OrderUrl, meta.CertificateUrl, meta.DirectoryUrl, meta.AccountUrl, meta.KeyType, meta.Profile, meta.ChallengeType, meta.IssuedAt)
        {
            WishedProfile = meta.WishedProfile,
        });
    });

    private static (CertificateChain Chain, byte[] Key, string? Fault) Check(ReadOnlyMemory<byte> chainPem, ReadOnlyMemory<byte> keyPem)
    {
        var (chain, key) = (CertificateChain.ParsePem(chainPem.Span), CertificateKey.FromPem(keyPem.Span));
        return (chain, key, IssuedCertificateCheck.FindFault(chain, key, []));
    }

    private static (CertificateChain Chain, byte[] Key, string? Fault) CheckForUse(ReadOnlyMemory<byte> chainPem, ReadOnlyMemory<byte> keyPem)
    {
        var chain = CertificateChain.ReadStored(chainPem.Span, out var certificates);
        var key = CertificateKey.ReadStored(keyPem.Span);
        return (chain, key, IssuedCertificateCheck.FindStoredFault(chain, certificates, key));
    }

    /// <summary>Nothing else can become a key, whatever a hand left there.</summary>
    private static bool IsId(string? text) => text is { Length: > 0 and < 64 } && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-');
}
