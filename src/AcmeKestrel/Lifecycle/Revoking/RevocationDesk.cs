using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Revoking;

/// <summary>Asks a CA to revoke a certificate (RFC 8555 section 7.6): by the account that ordered it, and by the certificate's own key where that account is lost.</summary>
internal sealed class RevocationDesk(AccountRecords accounts, AccountTraffic traffic, Ledgers ledgers, ProviderClients clients, TimeProvider time, ILogger<RevocationDesk> logger)
{
    /// <summary>Authorizations given up for one certificate: it is a courtesy.</summary>
    private const int GivenUp = 10;

    private static readonly TimeSpan LongestCourtesy = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    /// <param name="session">Under which accounts are read.</param>
    /// <param name="provider">The CA that issued it.</param>
    /// <param name="generation">The certificate.</param>
    /// <param name="reason">Left out where the CA knows no such reason.</param>
    /// <param name="isKeyInUse">The certificate that has its place has its key, too. Some CAs take a revocation by the key as a compromise of it, and revoke all that bear it.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<RevocationAnswer> RevokeAsync(
        StateSession session, Provider provider, Generation generation, AcmeRevocationReason reason, bool isKeyInUse, CancellationToken cancellationToken)
    {
        try
        {
            var circuit = (await ledgers.GetAsync(session, provider, cancellationToken).ConfigureAwait(false)).Circuit;
            if (circuit.TryEnter(generation.Label) is not { } pass) return Postponed(provider, circuit.State);

            using (pass)
            {
                return await AskAsync(session, provider, circuit, generation, reason, isKeyInUse, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception unusable) when (unusable is HeldException or FormatException or DamagedRecordException)
        {
            return RevocationAnswer.Failed(unusable.Message);
        }
    }

    /// <summary>With the right to ask this CA.</summary>
    private async Task<RevocationAnswer> AskAsync(
        StateSession session, Provider provider, ProviderCircuit circuit, Generation generation, AcmeRevocationReason reason, bool isKeyInUse, CancellationToken cancellationToken)
    {
        AcmeException? lost = null;
        try
        {
            var client = clients.Get(provider);
            if (await FindAccountAsync(session, provider, generation.Origin.AccountUrl, cancellationToken).ConfigureAwait(false) is { } record)
            {
                if (traffic.TryEnter(record.Account, generation.Label, begins: false) is not { } road) return RevocationAnswer.Failed($"the key of the account at {provider.Name} is being changed", Soon);

                using (road)
                {
                    var account = client.OpenAccount(record.OpenKey(), generation.Origin.AccountUrl);
                    try
                    {
                        await SendAsync(code => account.RevokeAsync(generation.Chain.Leaf, code, cancellationToken), reason).ConfigureAwait(false);
                        await circuit.SucceededAsync(cancellationToken).ConfigureAwait(false);
                        await GiveUpAsync(account, generation, cancellationToken).ConfigureAwait(false);
                        return new RevocationAnswer(IsRevoked: true, null);
                    }
                    catch (AcmeException refused) when (IsOfTheAccount(refused))
                    {
                        lost = refused;
                    }
                }
            }

            var why = lost?.Message ?? $"the key of its account, {generation.Origin.AccountUrl}, is not stored here";
            if (isKeyInUse && reason is not AcmeRevocationReason.KeyCompromise) return RevocationAnswer.Failed($"{why}; its own key could sign, but the certificate in its place has the same one, which the CA might take for compromised: renew it without ReuseKey");

            using var key = AcmeAccountKey.FromPem(CertificateKey.ToPem(generation.PrivateKeyPkcs8.Span));
            await SendAsync(code => client.RevokeAsync(generation.Chain.Leaf, key, code, cancellationToken), reason).ConfigureAwait(false);
            await circuit.SucceededAsync(cancellationToken).ConfigureAwait(false);
            return new RevocationAnswer(IsRevoked: true, null) { ByKey = true };
        }
        catch (AcmeException refused)
        {
            await TellAsync(circuit, refused, cancellationToken).ConfigureAwait(false);
            return RevocationAnswer.Failed(lost is null ? refused.Message : $"{refused.Message} By its account: {lost.Message}", refused.RetryAfter);
        }
    }

    /// <summary>Everybody leaves the CA alone, or another label finds out how it is: that takes no longer than a request.</summary>
    private RevocationAnswer Postponed(Provider provider, CircuitState? circuit)
    {
        var now = time.GetUtcNow();
        var problem = circuit is null ? $"another name asked whether {provider.Name} answers again" : $"{provider.Name} does not answer as it should: {circuit.Reason}";
        return RevocationAnswer.PostponedUntil(circuit is not null && circuit.IsOpen(now) ? circuit.OpenUntil : now + Soon, problem);
    }

    /// <summary>What an order's request would mean for others: the CA has trouble, or wants to be left alone, or answers as a CA does.</summary>
    private static async Task TellAsync(ProviderCircuit circuit, AcmeException refused, CancellationToken cancellationToken)
    {
        if (refused.IsProviderFault)
        {
            await circuit.FailedAsync(refused.Message, refused.IsLimitOfOne ? null : refused.RetryAfter, cap: null, isUrgent: false, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await circuit.SucceededAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The record of an account that may sign; null where its key is lost, or it was closed here. One that cannot be read is no reason to wait: the certificate's own key can sign.</summary>
    private async Task<AccountRecord?> FindAccountAsync(StateSession session, Provider provider, string url, CancellationToken cancellationToken)
    {
        try
        {
            return await accounts.FindByUrlAsync(session, provider, url, cancellationToken).ConfigureAwait(false) is { Facts.ClosedAt: null } record ? record : null;
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    /// <summary>A CA that does not take the reason is asked once more without one: that the certificate is revoked is what counts.</summary>
    private static async Task SendAsync(Func<int?, Task> send, AcmeRevocationReason reason)
    {
        int? code = reason is AcmeRevocationReason.Unspecified ? null : (int)reason;
        try
        {
            await send(code).ConfigureAwait(false);
        }
        catch (AcmeException refused) when (code is not null && refused.Problem?.Is("badRevocationReason") is true)
        {
            await send(null).ConfigureAwait(false);
        }
    }

    /// <summary>Who has the certificate's key needs no account.</summary>
    private static bool IsOfTheAccount(AcmeException refused) => refused.Fault is AcmeFault.AccountUnknown or AcmeFault.HumanNeeded || refused.Problem?.Is("unauthorized") is true;

    /// <summary>Whoever can use the account gets no certificate for these names from what was proven for this one (RFC 8555 section 7.5.2). The order knows its authorizations, as long as the CA shows it.</summary>
    private async Task GiveUpAsync(AcmeAccount account, Generation generation, CancellationToken cancellationToken)
    {
        if (generation.Origin.OrderUrl.StartsWith(GenerationOrigin.WithoutOrder, StringComparison.Ordinal)) return;

        using var deadline = new CancellationTokenSource(LongestCourtesy, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var order = await account.GetOrderAsync(generation.Origin.OrderUrl, either.Token).ConfigureAwait(false);
            foreach (var url in order.Authorizations.Take(GivenUp))
            {
                if ((await account.GetAuthorizationAsync(url, either.Token).ConfigureAwait(false)).Status is not AcmeStatus.Valid) continue;
                await account.DeactivateAuthorizationAsync(url, either.Token).ConfigureAwait(false);
            }
        }
        catch (AcmeException kept)
        {
            logger.AuthorizationKept(generation.Label, kept.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            logger.AuthorizationKept(generation.Label, $"no answer within {LongestCourtesy.TotalSeconds:0} s");
        }
    }
}
