using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>
/// Gives an account another mail address (RFC 8555 section 7.3.2). The address is half of an account's name here, so the record is the new address's from then on. For the old one nothing is registered by itself any more:
/// a second account in silence would be one that no <c>accounturi</c> names.
/// </summary>
internal sealed class AccountContact(AccountKeeper keeper, AccountRecords records, Ledgers ledgers, ILogger<AccountContact> logger) : IDisposable
{
    /// <summary>One at a time: each works with two addresses, and two could wait for each other.</summary>
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <param name="next">Checked.</param>
    /// <exception cref="AcmeAccountException">There is no such account, or the new address has one.</exception>
    /// <exception cref="AcmeException">The CA refused.</exception>
    public async Task<AccountRecord> ChangeAsync(StateSession session, Provider provider, string? email, string next, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var changed = await keeper.AloneAsync(
                session,
                provider,
                email,
                async (client, record) =>
                {
                    // Asked once more, since a kill came between the deed and the answer.
                    if (record is null && records.MovedFrom(AccountName.Of(provider, email)) is { } moved && moved.Account == AccountName.Of(provider, next)) return moved;
                    if (record is not { Facts.Url: { } url }) throw new AcmeAccountException($"There is no account at {provider.Name} {AccountOpening.For(email)} yet.");
                    if (record.Facts.ClosedAt is not null) throw new AcmeAccountException($"The account of {record.Key} is closed.");

                    if (AccountName.Of(provider, next) == record.Account) return await TellAsync(client, record, url).ConfigureAwait(false);

                    return await keeper.AloneAsync(
                        session,
                        provider,
                        next,
                        (_, other) => other is null ? TellAsync(client, record, url) : throw new AcmeAccountException($"There is another account at {provider.Name} for {next} already; nothing has changed."),
                        cancellationToken,
                        takesAlone: false).ConfigureAwait(false);
                },
                cancellationToken,
                takesAlone: false).ConfigureAwait(false);
            await SpentAsync(session, provider, ledger => ledger.MoveAsync(AccountName.Of(provider, email), changed.Account, cancellationToken), cancellationToken).ConfigureAwait(false);
            return changed;
        }
        finally
        {
            _turn.Release();
        }

        async Task<AccountRecord> TellAsync(AcmeClient client, AccountRecord record, string url)
        {
            // The CA first: a kill in between leaves the old name, and asked once more it is the same again.
            using var key = record.OpenKey();
            await client.OpenAccount(key, url).UpdateContactAsync(AcmeContact.Of(next), cancellationToken).ConfigureAwait(false);
            var changed = record with { Facts = record.Facts with { Email = next, FormerEmails = Former(record.Facts, next) } };

            // Before it is the new address's: from then on that may order, and a kill must not leave it a whole limit.
            await SpentAsync(session, provider, ledger => ledger.CopyAsync(record.Account, changed.Account, cancellationToken), cancellationToken).ConfigureAwait(false);
            await records.SaveAsync(session, changed, cancellationToken).ConfigureAwait(false);
            await records.LinkAsync(changed, provider, cancellationToken).ConfigureAwait(false);
            if (changed.Account != record.Account) await records.UnlinkAsync(record.Facts.Email, provider, cancellationToken).ConfigureAwait(false);
            logger.AccountMoved(url, record.Facts.Email ?? "nobody", next);
            return changed;
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>What was spent goes along: the CA counts by account, and it is the same one.</summary>
    private async Task SpentAsync(StateSession session, Provider provider, Func<ProviderLedger, Task> goesAlong, CancellationToken cancellationToken)
    {
        try
        {
            await goesAlong(await ledgers.GetAsync(session, provider, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (DamagedRecordException)
        {
            // Nothing is ordered there before it is mended, and what was spent is not known.
        }
    }

    /// <summary>Without the new one, which may have been an older one.</summary>
    private static List<string> Former(AccountFacts facts, string next) =>
        [.. (facts.FormerEmails ?? []).Append(facts.Email ?? "").Where(former => !former.Equals(next, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.OrdinalIgnoreCase)];
}
