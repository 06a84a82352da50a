using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>
/// Gives an account a new key (RFC 8555 section 7.3.5). The new key is on disk before the request, and neither key goes before the CA has shown with which of them it
/// opens this very account: an answer alone is not believed, since some CAs answer 200 and change nothing.
/// </summary>
internal sealed class AccountKeyChange(AccountRecords records, TimeProvider time, ILogger<AccountKeyChange> logger)
{
    /// <summary>A CA that made the change may show it late: its replicas lag.</summary>
    private const int LooksAfterRequest = 4;

    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(5);

    /// <summary>A request whose answer was lost may be carried out later, behind a queue or a gateway: for so long the next key is kept although the old one works.</summary>
    private static readonly TimeSpan StillPossible = TimeSpan.FromHours(1);

    /// <summary>A CA that has known neither key for so long has lost the account: what it told of them was no lag, and no restart.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);

    /// <summary>The record with the new key.</summary>
    /// <exception cref="AcmeAccountException">The key was not changed, or it is not known yet whether it was.</exception>
    public async Task<AccountRecord> ChangeAsync(StateSession session, Provider provider, AcmeClient client, AccountRecord record, CancellationToken cancellationToken)
    {
        var url = record.Facts.Url ?? throw new AcmeAccountException($"The key of {record.Key} has no account at {provider.Name} yet.");
        var directory = await client.GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        if (directory.KeyChange is null) throw new AcmeAccountException($"{provider.Name} offers no change of an account's key (no keyChange in its directory).");

        var next = AcmeAccountKey.Create();
        var pending = record with { NextPrivateKeyPem = next.ToPem(), Facts = record.Facts with { KeyChangeAt = time.GetUtcNow() } };
        await records.SaveAsync(session, pending, cancellationToken).ConfigureAwait(false);

        var refusal = await RequestAsync(client.OpenAccount(record.OpenKey(), url), next, cancellationToken).ConfigureAwait(false);
        var settled = await SettleNowAsync(session, provider, client, pending, refusal, cancellationToken).ConfigureAwait(false);
        if (settled.Key != record.Key) return settled;
        if (settled.NextPrivateKeyPem is not null) throw Unknown(provider, pending, refusal);

        throw new AcmeAccountException($"{provider.Name} did not change the key of {url}: {refusal?.Message ?? "it said that it did, and opens the account with the old one."}", refusal);
    }

    /// <summary>Ends a change whose outcome is not known: the key that opens this account stays, the other one goes.</summary>
    /// <param name="looks">How often the CA is asked for the new key.</param>
    /// <param name="refused">The CA said no, and meant it: it will not change the key later.</param>
    /// <returns>The record as it is from now on; under another name where the new key won, and with both keys where the old one works and the change may still come.</returns>
    /// <exception cref="HeldException">Neither key opens the account: both stay, for a day where the CA knows neither.</exception>
    public async Task<AccountRecord> SettleAsync(StateSession session, Provider provider, AcmeClient client, AccountRecord record, int looks, bool refused, CancellationToken cancellationToken)
    {
        var url = record.Facts.Url ?? "";
        var next = record.OpenNextKey();
        var byNext = await LookAsync(client, next, url, cancellationToken).ConfigureAwait(false);
        for (var look = 1; look < looks && byNext is Opens.Nothing or Opens.Untold; look++)
        {
            await Task.Delay(Lag, time, cancellationToken).ConfigureAwait(false);
            byNext = await LookAsync(client, next, url, cancellationToken).ConfigureAwait(false);
        }

        var byOld = byNext is Opens.This ? Opens.Nothing : await LookAsync(client, record.OpenKey(), url, cancellationToken).ConfigureAwait(false);
        var isUnknown = byNext is Opens.Nothing && byOld is Opens.Nothing;
        var now = time.GetUtcNow();
        var facts = Counted(record.Facts, isUnknown, now);
        if (facts != record.Facts)
        {
            record = record with { Facts = facts };
            await records.SaveAsync(session, record, cancellationToken).ConfigureAwait(false);
        }

        // A key that has another account can never be this one's.
        if (byOld is Opens.This && byNext is not Opens.Another && !refused && now - facts.KeyChangeAt < StillPossible) return record;

        // Where both keys are refused nothing says which of them the account had when it was closed, or whether it was. Where the account is lost either would do, and the next order registers the old one anew.
        var isForgotten = now - facts.UnknownSince >= Forgotten;
        if (byOld is Opens.This || isForgotten || (byOld is Opens.Closed && byNext is not Opens.Closed))
        {
            logger.AccountKeyKept(url, record.Thumbprint);
            var kept = record with { NextPrivateKeyPem = null, Facts = facts with { UnknownSince = null } };
            await records.SaveAsync(session, kept, cancellationToken).ConfigureAwait(false);
            return kept;
        }

        if (byNext is Opens.This || (byNext is Opens.Closed && byOld is not Opens.Closed))
        {
            var changed = await records.ChangeAsync(session, record, provider, cancellationToken).ConfigureAwait(false);
            logger.AccountKeyChanged(url, changed.Thumbprint);
            return changed;
        }

        throw new HeldException(
            ObstacleKind.AccountUnusable, $"{record.Key}: neither privkey nor privkey.next opens the account {url} at {provider.Name}; both are kept. Move the record away to register a new account", now + Backoff.Longest);
    }

    /// <summary>The times that count from a moment which a clock noted that was ahead count from now: how long ago that was nobody knows.</summary>
    private static AccountFacts Counted(AccountFacts facts, bool isUnknown, DateTimeOffset now) => facts with
    {
        KeyChangeAt = AnotherClock.Noted(facts.KeyChangeAt, now) ? now : facts.KeyChangeAt,
        UnknownSince = !isUnknown ? null : facts.UnknownSince is { } since && !AnotherClock.Noted(since, now) ? since : now,
    };

    /// <summary>What a key opens at the CA; nothing is registered.</summary>
    public static async Task<Opens> LookAsync(AcmeClient client, AcmeAccountKey key, string accountUrl, CancellationToken cancellationToken)
    {
        try
        {
            var found = await AcmeAccount.RecoverAsync(client, key, cancellationToken).ConfigureAwait(false);
            return found.Url == accountUrl ? Opens.This : Opens.Another;
        }
        catch (AcmeException unknown) when (unknown.Fault is AcmeFault.AccountUnknown)
        {
            return Opens.Nothing;
        }
        catch (AcmeException unbound) when (unbound.Problem?.Is("externalAccountRequired") is true)
        {
            return Opens.Untold;
        }
        catch (AcmeException refused) when (refused.Problem?.Is("unauthorized") is true)
        {
            return Opens.Closed;
        }
    }

    /// <summary>Null = the CA says it is done. What else it says is no proof of anything.</summary>
    private static async Task<AcmeException?> RequestAsync(AcmeAccount account, AcmeAccountKey next, CancellationToken cancellationToken)
    {
        try
        {
            await account.ChangeKeyAsync(next, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (AcmeException refusal)
        {
            return refusal;
        }
    }

    private async Task<AccountRecord> SettleNowAsync(StateSession session, Provider provider, AcmeClient client, AccountRecord pending, AcmeException? refusal, CancellationToken cancellationToken)
    {
        try
        {
            return await SettleAsync(session, provider, client, pending, MayHaveHappened(refusal) ? LooksAfterRequest : 1, refused: !MayHaveHappened(refusal), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception open) when (open is AcmeException or HeldException)
        {
            throw Unknown(provider, pending, refusal ?? open);
        }
    }

    private static AcmeAccountException Unknown(Provider provider, AccountRecord pending, Exception? reason) => new(
        $"Whether {provider.Name} changed the key of {pending.Facts.Url} is not known yet ({reason?.Message ?? "it said so, and does not open the account with the new one"}); both keys are kept, and which one counts is looked at again.", reason);

    private static bool MayHaveHappened(AcmeException? refusal) => refusal is null or { MayHaveBeenProcessed: true, StatusCode: not 501 };

    /// <summary>What a key opens.</summary>
    internal enum Opens
    {
        /// <summary>The CA has no account for it (RFC 8555 section 7.3.1).</summary>
        Nothing,

        /// <summary>The CA misses the binding of a registration: some look for that before they look for the account.</summary>
        Untold,

        This,
        Another,

        /// <summary>An account that is closed, and whose URL the CA does not tell.</summary>
        Closed,
    }
}
