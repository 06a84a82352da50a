namespace AcmeKestrel.Tests.Hostile;

/// <summary>What a client needs of a good answer, which decides what a bad one means.</summary>
internal enum AnswerKind
{
    /// <summary>JSON by unsigned GET, URLs in it.</summary>
    Directory,

    /// <summary>JSON by unsigned GET, no URL in it.</summary>
    RenewalInfo,

    /// <summary>A nonce by HEAD.</summary>
    Nonce,

    /// <summary>The <c>Location</c>, and nothing of the body.</summary>
    Location,

    /// <summary>JSON with URLs in it.</summary>
    Json,

    /// <summary>JSON that tells nothing new.</summary>
    Echo,

    /// <summary>The status; the CA sends no body.</summary>
    Nothing,

    /// <summary>A PEM chain, judged by who asked for it, and links to others.</summary>
    Chain,
}
