namespace AcmeKestrel;

/// <summary>What became of one look for an answer over http. Values may be added in minor versions.</summary>
public enum AcmeHttpTestOutcome
{
    /// <summary>The right answer came: a CA that looks from here would be content.</summary>
    Right,

    /// <summary>The name has no address.</summary>
    NotResolved,

    /// <summary>Nobody takes the connection, or whoever does ends it.</summary>
    Unreachable,

    /// <summary>Nobody said anything in time.</summary>
    TimedOut,

    /// <summary>Another server answers, or something before this one does.</summary>
    OtherAnswer,

    /// <summary>It was led elsewhere in a way that CAs do not follow.</summary>
    BadRedirect,

    /// <summary>This machine has no way to the address, which says nothing of the CA's way.</summary>
    Unseen,
}
