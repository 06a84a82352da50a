namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Why a certificate is ordered.</summary>
/// <param name="Text">A few words, as in "ordering a certificate, since ...".</param>
internal sealed record IssueReason(IssueReasonKind Kind, string Text);

internal enum IssueReasonKind
{
    NoCertificate,
    OtherCa,
    OtherKeyType,
    OtherProfile,
    NameMissing,
    Expired,

    /// <summary>It is to be revoked, or the CA has revoked it.</summary>
    Revoked,

    RenewalDue,

    /// <summary>The CA asks to renew it early (RFC 9773).</summary>
    RenewalHurried,

    /// <summary>Somebody asked for another one (<c>IAcmeCertificates.RenewAsync</c>).</summary>
    Asked,
}
