using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Requests;

/// <summary>What came of a request; which of the values is there depends on what was asked.</summary>
internal sealed record RequestOutcome(DateTimeOffset At)
{
    public AcmeCertificateStatus? Status { get; init; }

    public AcmeRevocationResult? Revocation { get; init; }

    public AcmeRollBackResult? RollBack { get; init; }

    public AcmeDryRunResult? DryRun { get; init; }

    public AcmeHttpTestResult? HttpTest { get; init; }

    public AcmeHookTestResult? HookTest { get; init; }

    public AcmeImportResult? Import { get; init; }

    public AcmeReconcileResult? Pass { get; init; }

    public AcmeAccountStatus? Account { get; init; }

    /// <summary>There was a wish to be forgotten.</summary>
    public bool WasWished { get; init; }

    /// <summary>Why it could not be done; null: it was.</summary>
    public RequestFault? Fault { get; init; }

    /// <summary>The same outcome, or the exception that whoever asked would have met in the process that did it.</summary>
    public RequestOutcome OrThrow() => Fault switch
    {
        null => this,
        { IsAccounts: true, Message: var message } => throw new AcmeAccountException(message),
        { Message: var message } => throw new StoreUnavailableException(message),
    };
}

/// <summary>Why a request could not be done.</summary>
/// <param name="IsAccounts">It is an account's affair (<see cref="AcmeAccountException"/>); else the state's.</param>
internal sealed record RequestFault(string Message, bool IsAccounts = false);
