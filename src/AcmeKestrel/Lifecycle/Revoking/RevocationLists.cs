using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Revoking;

/// <summary>
/// The CAs' lists of revoked certificates, fetched from where the certificates say and kept for a while: a thousand certificates of a CA share a few lists. Fetched one at a time, each within a time and a size; one that cannot be
/// had is asked for again later. For one caller at a time.
/// </summary>
internal sealed class RevocationLists(ProviderClients clients, TimeProvider time, ILogger<RevocationLists> logger)
{
    /// <summary>
    /// Of all lists in memory; each has at most <see cref="AcmeClient.LargestRevocationList"/>. A CA may have its certificates on a hundred short lists (Let's Encrypt does), and they are looked at in no order: the lists of one pass
    /// are to have room, or nearly every look would fetch one anew.
    /// </summary>
    private const long KeptBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A CA that says "always new" is not asked always, and one that says "in a year" is.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromHours(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>By the names of their places.</summary>
    private readonly Dictionary<string, Entry> _known = new(StringComparer.Ordinal);

    /// <summary>Why the CA has revoked this certificate; null where it has not, or nobody can tell.</summary>
    public async Task<AcmeRevocationReason?> FindAsync(Provider provider, string label, RevocationPoint point, CancellationToken cancellationToken)
    {
        var place = point.Place;
        try
        {
            var list = await GetAsync(provider, place, cancellationToken).ConfigureAwait(false);
            if (list is null) return null;
            if (!list.Issuer.Span.SequenceEqual(place.Issuer.Span) || !list.IsSignedBy(place.Signer)) throw new FormatException("The certificate's issuer has not signed it.");

            return list.Find(point.Serial.Span);
        }
        catch (Exception unusable) when (unusable is AcmeException or FormatException or HeldException)
        {
            Remember(place, new Entry(null, time.GetUtcNow() + Shortest));
            logger.RevocationListUnusable(label, PlainText.Of(place.Url.AbsoluteUri, 300), unusable.Message);
            return null;
        }
    }

    /// <summary>Whether the list need not be fetched now.</summary>
    public bool Has(RevocationPlace place) => Known(place) is not null;

    private Entry? Known(RevocationPlace place) => _known.TryGetValue(place.Name, out var known) && Waits.Last(known.Until, Longest, time.GetUtcNow()) ? known : null;

    /// <summary>Null: it could not be had a while ago.</summary>
    private async Task<RevocationList?> GetAsync(Provider provider, RevocationPlace place, CancellationToken cancellationToken)
    {
        if (Known(place) is { } known) return known.List;

        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using var use = clients.Use();
        try
        {
            var list = RevocationList.Read(await clients.Get(provider).GetRevocationListAsync(place.Url, either.Token).ConfigureAwait(false));
            var now = time.GetUtcNow();
            var lasts = (list.NextUpdate ?? now) - now;
            Remember(place, new Entry(list, now + (lasts < Shortest ? Shortest : lasts > Longest ? Longest : lasts)));
            return list;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FormatException($"There was no answer within {Patience.TotalSeconds:0} s.");
        }
    }

    private void Remember(RevocationPlace place, Entry entry)
    {
        _known[place.Name] = entry;
        if (entry.List is null)
        {
            // That something could not be had is small; it goes when its time is over.
            foreach (var (old, _) in _known.Where(known => known.Value.Until <= time.GetUtcNow()).ToList()) _known.Remove(old);
            return;
        }

        while (_known.Values.Sum(known => known.List?.Size ?? 0L) > KeptBytes) _known.Remove(_known.Where(known => known.Value.List is not null && known.Key != place.Name).MinBy(known => known.Value.Until).Key);
    }

    private sealed record Entry(RevocationList? List, DateTimeOffset Until);
}
