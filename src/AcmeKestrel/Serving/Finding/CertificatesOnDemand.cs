using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving.Finding;

/// <summary>
/// What a handshake does for a name that nobody wished, where certificates come on demand: all that come for one name wait for one, few names are under way at once, fewer of one asker, and so
/// many handshakes wait in all, and fewer of one network. What is not to be had costs a look into memory.
/// </summary>
/// <param name="issuer">Made at the first handshake: it knows the server, which is made with this.</param>
internal sealed class CertificatesOnDemand(CertificateTable table, ServingLimits limits, TimeProvider time, ILogger<CertificatesOnDemand> logger, Lazy<IOnDemandIssuer?> issuer)
{
    private readonly LookupBudget<bool> _underWay = new(limits.MaxOnDemand, limits.MaxOnDemand, limits.MaxOnDemandOfAsker, StringComparer.Ordinal);

    /// <summary>What did not come in time, or cannot: its next visitor does not wait at once.</summary>
    private readonly RecentMisses _late = new(time, StringComparer.Ordinal);
    private readonly RareWord _failed = new(time);
    private readonly WaitingRoom _waiting = new(limits.MaxOnDemandWaiting, limits.MaxOnDemandWaitingOfAsker);

    public bool IsOn => issuer.Value is { IsOn: true };

    /// <summary>It has ended, and there may be another one: better than this one, which is better than none.</summary>
    public bool IsWanted(ServedCertificate found) => IsOn && found.Facts.NotAfter <= time.GetUtcNow();

    /// <summary>Whether the table is worth another look.</summary>
    public async ValueTask<bool> MayHaveComeAsync(string serverName, KeyFamily accepts, IPAddress? remote)
    {
        // Mostly that is the name already; what it has besides is looked at when it is worth that.
        var (name, network) = (serverName.ToLowerInvariant(), Asker.NetworkOf(remote));
        if (issuer.Value is not { } asked || _late.Has(name)) return false;

        if (!IsWorthIt(asked, name, network) || asked.Read(name) is not { } canonical) return false;
        if (canonical != name && (_late.Has(canonical) || !IsWorthIt(asked, canonical, network))) return false;

        name = canonical;
        var question = new CertificateQuestion(name, accepts, remote is null ? null : AddressText.Unmapped(remote), network);
        if (_underWay.Join(name, network, asked.Knows(name), _ => BringAsync(asked, question)) is not { } coming) return false;

        // Whoever finds no seat has begun it all the same, for whoever comes next.
        if (!_waiting.TryEnter(network)) return false;

        try
        {
            return await coming.WaitAsync(asked.Wait, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            _waiting.Leave(network);
        }
    }

    /// <summary>What somebody else wishes comes in its own time, and is nobody's to allow.</summary>
    private bool IsWorthIt(IOnDemandIssuer asked, string name, string network) => asked.Knows(name) || (!table.IsWishedWithoutVisitors(name) && asked.MayAsk(name, network));

    private async Task<bool> BringAsync(IOnDemandIssuer asked, CertificateQuestion question)
    {
        var hasCome = false;
        using var patience = new CancellationTokenSource(asked.Wait, time);
        try
        {
            hasCome = await asked.BringAsync(question, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // In time there was none.
        }
        catch (Exception exception)
        {
            // Whatever went wrong there, this visitor gets what unknown names get.
            if (_failed.IsDue()) logger.MissHandlerFailed(question.Name, exception);
        }

        if (!hasCome) _late.Add(question.Name);
        return hasCome;
    }
}
