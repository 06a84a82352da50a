namespace AcmeKestrel.Lifecycle.Planning.Revocations;

/// <summary>Where a revocation stands: the values of the label <c>acme.revocation.stage</c>.</summary>
internal enum RevocationStage
{
    /// <summary>The present certificate is to be revoked, and what takes its place comes first.</summary>
    Replacing,

    /// <summary>The CA has revoked the present certificate, and nothing has its place.</summary>
    Revoked,

    /// <summary>Nobody needs the certificate any more, and the CA has yet to revoke it.</summary>
    Asking,
}
