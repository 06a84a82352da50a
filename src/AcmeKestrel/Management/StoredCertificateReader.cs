using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management;

/// <summary>What a generation's record tells an operator; its key is not looked at.</summary>
internal static class StoredCertificateReader
{
    /// <summary>A subject may be anything a CA signs.</summary>
    private const int MaxName = 200;

    public static async ValueTask<AcmeStoredCertificate> ReadAsync(IAcmeStore store, string label, string generation, CancellationToken cancellationToken)
    {
        var key = GenerationRecord.Key(label, generation);
        try
        {
            return await store.ReadAsync(key, cancellationToken).ConfigureAwait(false) is { } record ? Read(generation, record) : new AcmeStoredCertificate(generation) { Problem = $"{key} is gone" };
        }
#pragma warning disable CA1031 // Whoever asks how a certificate stands is told what ails its record, whatever that is.
        catch (Exception unusable) when (unusable is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return new AcmeStoredCertificate(generation) { Problem = unusable.Message };
        }
    }

    private static AcmeStoredCertificate Read(string generation, StoreRecord record)
    {
        var meta = RecordCodec.Json(record, GenerationRecord.FactsPart, StateJson.Default.GenerationMeta);
        var chain = CertificateChain.ParsePem(RecordCodec.Part(record, "fullchain").Span);
        using var leaf = X509CertificateLoader.LoadCertificate(chain.Leaf.Span);
        var above = chain.Intermediates.Select(intermediate => X509CertificateLoader.LoadCertificate(intermediate.Span)).ToList();
        try
        {
            return new AcmeStoredCertificate(generation)
            {
                Names = [.. chain.Identifiers.Select(name => name.Value)],
                NotBefore = chain.NotBefore,
                NotAfter = chain.NotAfter,
                IssuedAt = meta.IssuedAt,
                SerialNumber = leaf.SerialNumber,
                Sha256Fingerprint = Convert.ToHexString(SHA256.HashData(chain.Leaf.Span)),
                Issuer = IssuerOf(leaf),
                TopmostIssuer = IssuerOf(above.LastOrDefault() ?? leaf),
                Chain = [.. above.Select(certificate => PlainText.Of(certificate.Subject, MaxName))],
                DirectoryUrl = meta.DirectoryUrl,
                AccountUrl = meta.AccountUrl,
                Profile = meta.Profile,
                ChallengeType = meta.ChallengeType,
            };
        }
        finally
        {
            above.ForEach(certificate => certificate.Dispose());
        }
    }

    private static string IssuerOf(X509Certificate2 certificate) => PlainText.Of(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true), MaxName);
}
