using System.Collections.ObjectModel;

namespace AcmeKestrel;

/// <summary>Why an attempt failed. A snapshot: it does not change. Members may be added in minor versions; the constructor and the setters are there for tests of your own.</summary>
public sealed class AcmeCertificateProblem
{
    /// <summary>A problem in one sentence.</summary>
    public AcmeCertificateProblem(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Message = message;
    }

    /// <summary>A sentence, which may quote the CA.</summary>
    public string Message { get; }

    /// <summary>When the attempt failed; null: not known.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>By name, what the CA says of it (RFC 8555 section 6.7.1, or of its challenge); of the first 25 names. Empty where it says nothing of single names.</summary>
    public IReadOnlyDictionary<string, string> Names { get => field ?? ReadOnlyDictionary<string, string>.Empty; init; }

    /// <summary>The sentence.</summary>
    public override string ToString() => Message;
}
