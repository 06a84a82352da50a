using System.Security.Cryptography;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>What the words of StackExchange.Redis have no place for: who signed the server's certificate, and the certificate that the server wants of us. PEM files.</summary>
internal sealed record RedisTls(string? CaFile, string? CertificateFile, string? CertificateKeyFile)
{
    public static RedisTls Read(AcmeComponentConfiguration configuration)
    {
        var tls = new RedisTls(configuration.Find(nameof(CaFile)), configuration.Find(nameof(CertificateFile)), configuration.Find(nameof(CertificateKeyFile)));
        if (tls.CertificateKeyFile is null != tls.CertificateFile is null) configuration.Refuse(tls.CertificateFile is null ? nameof(CertificateFile) : nameof(CertificateKeyFile), "is missing: a certificate goes with its key.");
        return tls;
    }

    /// <summary>Whoever names one of them wants TLS.</summary>
    /// <exception cref="RedisCommandException">A file cannot be read, or holds no such thing.</exception>
    public ConfigurationOptions Put(ConfigurationOptions options)
    {
        if (CaFile is not null) Use(nameof(CaFile), CaFile, () => options.TrustIssuer(CaFile));
        if (CertificateFile is not null) Use(nameof(CertificateFile), CertificateFile, () => options.SetUserPemCertificate(CertificateFile, CertificateKeyFile));
        options.Ssl |= CaFile is not null || CertificateFile is not null;
        return options;
    }

    private static void Use(string key, string file, Action use)
    {
        try
        {
            use();
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new RedisCommandException($"{key}: {file} cannot be used: {unusable.Message}", unusable);
        }
    }
}
