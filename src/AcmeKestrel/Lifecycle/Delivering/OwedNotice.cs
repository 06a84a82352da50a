using System.Text.Json.Serialization;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What hooks are to be told of a label, with all that is told: what it is of may be gone by then.</summary>
/// <param name="To">The hooks that have not been told, by their ids.</param>
internal sealed record OwedNotice([property: JsonRequired] AcmeHookEvent Event, [property: JsonRequired] DateTimeOffset Since, [property: JsonRequired] IReadOnlyList<string> To)
{
    /// <summary>Null: there is none, or it is not kept any more.</summary>
    public string? Generation { get; init; }

    public IReadOnlyList<string> Names { get => field ?? []; init; }

    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? NotAfter { get; init; }

    public string? Reason { get; init; }

    /// <summary>Since when it is true, by the process that tells; null: it is only to be expected. Not kept: whoever reads the record finds it out.</summary>
    [JsonIgnore]
    public DateTimeOffset? TrueSince { get; init; }

    /// <summary>What is stored of it could not be read when the state was taken over: it is not told before that can be, or has a successor. Not kept, as above.</summary>
    [JsonIgnore]
    public bool IsHeld { get; init; }

    public OwedNotice Of(CertificateFacts certificate) => this with { Generation = certificate.Generation, Names = [.. certificate.Names], NotBefore = certificate.NotBefore, NotAfter = certificate.NotAfter };

    /// <summary>The same notice, whatever hooks have not been told of it yet.</summary>
    public bool IsSameAs(OwedNotice other) => Event == other.Event && Since == other.Since && Generation == other.Generation;

    /// <summary>Who is told this need not be told the other one: of what is shown, of failures and of the end that comes only the last word counts.</summary>
    public bool Outdates(OwedNotice other) => Event == other.Event && (Event is not (AcmeHookEvent.Issued or AcmeHookEvent.Revoked) || Generation == other.Generation);
}
