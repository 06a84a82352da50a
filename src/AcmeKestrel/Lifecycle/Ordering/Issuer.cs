using System.Diagnostics;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Ordering.Finding;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>
/// Runs one order by write-ahead steps: each request is foretold on disk, so that after a kill the record says where to go on. A step ends when the CA needs time;
/// a waiting order is nothing but its record and a place in the queue.
/// </summary>
internal sealed class Issuer(
    AccountKeeper accounts, Ledgers ledgers, AnswerDesk desk, CaFaults faults, OrderFinder finder, OrderTraces traces, TimeProvider time, ILogger<Issuer> logger)
{
    private readonly OrderingStep _ordering = new(accounts, ledgers, finder, new PreflightStep(desk.Records, time, Shown(logger)), time, Shown(logger));
    private readonly ChoosingStep _choosing = new(time);
    private readonly PreparingStep _preparing = new(desk.Records, time, Shown(logger));
    private readonly AnsweringStep _answering = new(desk, ledgers, time, Shown(logger));
    private readonly FinalizingStep _finalizing = new(time);
    private readonly DownloadingStep _downloading = new(time, Shown(logger));

    /// <summary>Goes as far as it can without waiting.</summary>
    /// <param name="certificate">What the order is to replace: its remaining life caps how long a CA in trouble is left alone (promise 10).</param>
    /// <exception cref="HeldException">A human or a limit must be waited for.</exception>
    public async Task<StepResult> StepAsync(OrderRun run, Provider provider, CertificateFacts? certificate, CancellationToken cancellationToken)
    {
        var ledger = await ledgers.GetAsync(run.Session, provider, cancellationToken).ConfigureAwait(false);
        run.Resume(time.GetUtcNow());
        try
        {
            StepResult result;
            do
            {
                result = await TracedStepAsync(run, provider, certificate, cancellationToken).ConfigureAwait(false);
                if (result.IsOurs) break;

                run.Faults = 0;
                await ledger.Circuit.SucceededAsync(cancellationToken).ConfigureAwait(false);
            }
            while (result == StepResult.Advanced);

            if (result is StepResult.WaitUntil wait) run.WaitFor(wait, time.GetUtcNow());
            return Remarked(run, result);
        }
        catch (AcmeException fault)
        {
            return Remarked(run, await faults.HandleAsync(run, provider, certificate, ledger.Circuit, fault, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>What the CA found in DNS may be what was met here before.</summary>
    private static StepResult Remarked(OrderRun run, StepResult result) =>
        result is StepResult.Failed { IsOurs: false, Failure: var failure } && RemarkOn(failure, run) is { } remark ? new StepResult.Failed(failure with { Message = $"{failure.Message} (beforehand {remark})" }) : result;

    /// <summary>A record that a CA does not find is <c>unauthorized</c> to most.</summary>
    private static string? RemarkOn(OrderFailure failure, OrderRun run) => failure switch
    {
        { Word: "caa" or "dns" } => run.Remark,
        { Kind: OrderFailureKind.Validation } when run.Preparation is { } records && records.IsPassedOver(failure.Names.Keys) => records.PassedOver,
        _ => null,
    };

    private async Task<StepResult> TracedStepAsync(OrderRun run, Provider provider, CertificateFacts? certificate, CancellationToken cancellationToken)
    {
        using var span = traces.Step(run.Order.Label, provider.Name, StepOf(run.Order.Progress));
        try
        {
            return await OneStepAsync(run, provider, certificate, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failed)
        {
            span?.SetStatus(ActivityStatusCode.Error, failed.GetType().Name);
            throw;
        }
    }

    private async Task<StepResult> OneStepAsync(OrderRun run, Provider provider, CertificateFacts? certificate, CancellationToken cancellationToken)
    {
        if (run.Order is { IsRehearsal: true, IsCommitted: true }) return new StepResult.Rehearsed();
        if (run.Order.Progress is OrderProgress.Intent) return await _ordering.RunAsync(run, provider, certificate, cancellationToken).ConfigureAwait(false);

        var cap = Backoff.CapOf(certificate, time.GetUtcNow());

        // One that is not finalized is proven with the key, which is changed between orders of the address that they were made for.
        var account = await (run.Order.IsCommitted
            ? accounts.GetOwnerAsync(run.Session, provider, run.Order.Email, run.Order.AccountUrl, cancellationToken, cap)
            : accounts.GetAsync(run.Session, provider, run.Order.Email, cancellationToken, cap)).ConfigureAwait(false);

        // The CA lost the account, or its record was moved away: no other one may see the order.
        if (run.Order.AccountUrl is { } owner && owner != account.Url) return new StepResult.Lost($"it is of the account {owner}, which is {account.Url} now");

        return run.Order.Progress switch
        {
            OrderProgress.Created created => await _choosing.RunAsync(run, created, account, cancellationToken).ConfigureAwait(false),
            OrderProgress.Preparing preparing => await _preparing.RunAsync(run, preparing, account, cancellationToken).ConfigureAwait(false),
            OrderProgress.Answering answering => await _answering.RunAsync(run, answering, provider, account, isNew: certificate is null, cancellationToken).ConfigureAwait(false),
            OrderProgress.Finalizing finalizing => await _finalizing.RunAsync(run, finalizing, account, certificate, cancellationToken).ConfigureAwait(false),
            OrderProgress.Downloading downloading => await _downloading.RunAsync(run, downloading, provider, account, certificate, cancellationToken).ConfigureAwait(false),
            _ => throw new InvalidOperationException($"An order cannot be {run.Order.Progress}."),
        };
    }

    private static ShownLogger Shown(ILogger log) => new(log, UnicodeName.BesideEach);

    /// <summary>As a span is called.</summary>
    private static string StepOf(OrderProgress progress) => progress switch
    {
        OrderProgress.Intent => "create",
        OrderProgress.Created => "choose",
        OrderProgress.Preparing => "prepare",
        OrderProgress.Answering => "validate",
        OrderProgress.Finalizing => "finalize",
        _ => "download",
    };
}
