namespace AcmeKestrel.Telemetry;

/// <summary>How a wished certificate stands: the values of the label <c>acme.certificate.standing</c>, worst last.</summary>
internal enum CertificateStanding
{
    /// <summary>Valid, and not due or just being renewed.</summary>
    Good,

    /// <summary>There is none yet, and nothing has gone wrong so far.</summary>
    Waiting,

    /// <summary>There is none, or not for all of its names, and something stands in the way.</summary>
    Missing,

    /// <summary>Valid, and its renewal did not come when it was due.</summary>
    Overdue,

    /// <summary>The CA has revoked it, or should have by now, and another one is yet to have its place; or one that was replaced cannot be revoked.</summary>
    Revoking,

    /// <summary>Valid for no more than the last tenth of its life.</summary>
    Ending,

    /// <summary>The CA has revoked it, and its replacement did not come in the time that one takes.</summary>
    Revoked,

    /// <summary>Its end is past.</summary>
    Expired,
}
