namespace AcmeKestrel;

/// <summary>A DNS provider could not do what it was asked for; the message tells an operator why, and holds no secret.</summary>
public sealed class DnsProviderException : Exception
{
    /// <summary>With a reason in words, such as "the server refuses the update (REFUSED)".</summary>
    public DnsProviderException(string message)
        : base(message)
    {
    }

    /// <summary>With what it came from.</summary>
    public DnsProviderException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
