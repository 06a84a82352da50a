namespace AcmeKestrel;

/// <summary>What hooks are told of. Values may be added in minor versions.</summary>
public enum AcmeHookEvent
{
    /// <summary>A certificate is about to be ordered; a hook may put that off (<see cref="AcmeHookResult.Veto"/>). Asked, not owed: nobody repeats it.</summary>
    Renewing,

    /// <summary>A certificate came. It may not be what programs outside find yet.</summary>
    Issued,

    /// <summary>What programs outside find in <c>certs/&lt;label&gt;</c> has changed, whatever the reason: the one to reload servers for. One call for all that changed.</summary>
    LiveUpdated,

    /// <summary>An order ended without a certificate.</summary>
    Failed,

    /// <summary>A certificate has less than a tenth of its life left and could not be renewed; told once for each.</summary>
    Expiring,

    /// <summary>A certificate was revoked: by the CA on request, or by the CA itself.</summary>
    Revoked,
}
