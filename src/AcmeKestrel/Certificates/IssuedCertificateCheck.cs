namespace AcmeKestrel.Certificates;

/// <summary>What is checked before a certificate is committed: the key matches, the names cover the order, the chain hangs together (RFC 8555 section 7.4.2).</summary>
internal static class IssuedCertificateCheck
{
    /// <summary>Null when the chain may be kept, else a sentence that says what is wrong. Dates are never a reason to throw a certificate away: see <see cref="DateWarning"/>.</summary>
    public static string? FindFault(CertificateChain chain, ReadOnlySpan<byte> privateKeyPkcs8, IReadOnlyCollection<AcmeIdentifier> ordered) =>
        throw new NotImplementedException();

    /// <summary>A sentence when the leaf is not valid at <paramref name="now"/> (a CA's or our clock is wrong), else null.</summary>
    public static string? DateWarning(CertificateChain chain, DateTimeOffset now) => throw new NotImplementedException();
}
