namespace AcmeKestrel;

/// <summary>What would be done next for a certificate, and why (<see cref="IAcmeState.PlanAsync"/>). Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmePlannedCertificate
{
    /// <summary>A plan with what is always there.</summary>
    public AcmePlannedCertificate(string label, AcmePlannedAction action, string reason)
    {
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(reason);
        (Label, Action, Reason) = (label, action, reason);
    }

    /// <summary>Names the certificate.</summary>
    public string Label { get; }

    /// <summary>What is done.</summary>
    public AcmePlannedAction Action { get; }

    /// <summary>A sentence without its end: why.</summary>
    public string Reason { get; }

    /// <summary>The names that are ordered; empty where none are.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The CA that is asked, by its name in the configuration; null: none is.</summary>
    public string? Provider { get; init; }

    /// <summary>When it is done; null: now, or when something else changes.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>The label's status, as far as the state tells it; null: nobody wishes it.</summary>
    public AcmeCertificateStatus? Status { get; init; }

    /// <summary>Label, action and reason.</summary>
    public override string ToString() => $"{Label}: {Action}: {Reason}";
}
