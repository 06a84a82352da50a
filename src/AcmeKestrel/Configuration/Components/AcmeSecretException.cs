namespace AcmeKestrel;

/// <summary>A secret that a file holds cannot be read; the message tells an operator why, and holds no secret.</summary>
public sealed class AcmeSecretException : Exception
{
    internal AcmeSecretException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
