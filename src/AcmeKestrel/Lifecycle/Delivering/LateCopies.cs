using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>
/// What is written elsewhere for programs outside may come after they were told of the certificate: a volume was full then, somebody damaged a file, an export is new. Then they are told once more; not where they are told of it anyway, since
/// what they are owed waits for a link, or for this very file.
/// </summary>
internal sealed class LateCopies(HookList hooks, Deliveries deliveries, TimeProvider time, ILogger<LateCopies> logger)
{
    /// <summary>Before a file shows it. What is owed by this is on disk when it returns, and told from <see cref="CameAsync"/> on.</summary>
    /// <returns>By what they are told; null: nobody is, or by what is owed already.</returns>
    public Task<OwedChange?> ExpectAsync(StateSession session, CertificateFacts certificate, CancellationToken cancellationToken)
    {
        var to = hooks.Now().Where(hook => hook.Events.Contains(AcmeHookEvent.LiveUpdated)).Select(hook => hook.Id).ToList();
        return to.Count == 0
            ? Task.FromResult<OwedChange?>(null)
            : deliveries.TryOweChangeAsync(session, certificate.Label, new OwedNotice(AcmeHookEvent.LiveUpdated, time.GetUtcNow(), to).Of(certificate), cancellationToken);
    }

    /// <summary>After the last file, where one shows it that did not before.</summary>
    /// <param name="expected">What <see cref="ExpectAsync"/> said.</param>
    public async Task CameAsync(StateSession session, CertificateFacts certificate, OwedChange? expected, CancellationToken cancellationToken)
    {
        try
        {
            // A volume may be so slow that they were told meanwhile by what they were owed before.
            expected ??= await ExpectAsync(session, certificate, cancellationToken).ConfigureAwait(false);
            if (expected is not null) IsTrue(certificate);
        }
        catch (Exception unwritable) when (unwritable is StoreConflictException or StoreUnavailableException)
        {
            logger.DeliveriesNotKept(unwritable.Message);
        }
    }

    /// <summary>No file shows it that did not before: a server that is reloaded for each attempt would be so for ever.</summary>
    public async Task DidNotComeAsync(StateSession session, CertificateFacts certificate, OwedChange expected, CancellationToken cancellationToken)
    {
        try
        {
            await deliveries.TakeBackAsync(session, certificate.Label, expected, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception unwritable) when (unwritable is StoreConflictException or StoreUnavailableException)
        {
            // Told once in vain: what is expected for ever would keep the next file from being told.
            logger.DeliveriesNotKept(unwritable.Message);
            IsTrue(certificate);
        }
    }

    private void IsTrue(CertificateFacts certificate) => deliveries.IsTrue(certificate.Label, AcmeHookEvent.LiveUpdated, certificate.Generation);
}
