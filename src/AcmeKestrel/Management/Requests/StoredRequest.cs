using System.Text.Json.Serialization;

namespace AcmeKestrel.Management.Requests;

/// <summary>Something that one process asks of the one that has the state: on record until whoever asked has the outcome, so that a restart between them loses nothing.</summary>
/// <param name="By">Who asked: user, machine and process.</param>
internal sealed record StoredRequest(RequestVerb Verb, DateTimeOffset At, string By)
{
    /// <summary>The certificate's; null where it is about none.</summary>
    public string? Label { get; init; }

    /// <summary>Names that were visited.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>A name that is looked for over http, or wished on demand.</summary>
    public string? Name { get; init; }

    /// <summary>A hook that is to be tested.</summary>
    public string? Hook { get; init; }

    /// <summary>What it is told; null: what concerns it most.</summary>
    public AcmeHookEvent? HookEvent { get; init; }

    /// <summary>Why a label is put on hold.</summary>
    public string? HoldReason { get; init; }

    public AcmeRevocationReason? RevocationReason { get; init; }

    /// <summary>What is wished.</summary>
    public AcmeCertificateRequest? Wish { get; init; }

    /// <summary>What is to be imported: the leaf, then the certificates above it.</summary>
    public string? CertificatePem { get; init; }

    /// <summary>The account that it was ordered with; null: nobody knows.</summary>
    public string? AccountUrl { get; init; }

    /// <summary>The account's CA by its name in the configuration; null: the default one.</summary>
    public string? Provider { get; init; }

    /// <summary>The account's mail address; null: the default one, empty: none.</summary>
    public string? Email { get; init; }

    /// <summary>Whoever asks agrees to the CA's terms for the account.</summary>
    public bool AcceptsTerms { get; init; }

    /// <summary>The mail address that the account is to have.</summary>
    public string? NewEmail { get; init; }

    /// <summary>
    /// An account's private key, or that of a certificate which is to be imported. A part of its own, marked as secret, which goes with the outcome: until the CA has said whose key it is it belongs to no account, and put among the accounts it would be taken for
    /// one, and registered, by the first order that wants one.
    /// </summary>
    [JsonIgnore]
    public string? Key { get; init; }

    /// <summary>What it is about; null: nothing alone.</summary>
    [JsonIgnore]
    public string? About => Hook ?? Label ?? Name ?? Provider;

    /// <summary>It was taken up; null: nobody has.</summary>
    public RequestBeginning? Begun { get; init; }

    /// <summary>What came of it; null: nothing yet.</summary>
    public RequestOutcome? Outcome { get; init; }
}

/// <summary>When a request was taken up, and what was stored of its label then: a process that takes it up once more sees by that whether it was done.</summary>
internal sealed record RequestBeginning(DateTimeOffset At)
{
    /// <summary>Null: nothing was.</summary>
    public string? Generation { get; init; }
}
