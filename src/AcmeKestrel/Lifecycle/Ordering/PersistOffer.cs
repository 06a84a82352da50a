using System.Text.Json.Serialization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Protocol;
using AcmeKestrel.Zones;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>How a CA wants its records of dns-persist-01, in the shape that it speaks: accounts by their URL (versions 00 and 01 of draft-ietf-acme-dns-persist), or by a hash (from 02 on).</summary>
/// <param name="Issuers">The CA's names.</param>
/// <param name="AccountUri">The account, where the challenge says how it is named.</param>
/// <param name="HashPrefix">Null: the account is named by its URL.</param>
internal sealed record PersistOffer([property: JsonRequired] IReadOnlyList<string> Issuers, string? AccountUri, string? HashPrefix)
{
    /// <summary>As far as the directory tells before an order. Versions 00 and 01 leave the names to the challenge, and to <c>caaIdentities</c>, from which a CA may take them; null: it tells nothing.</summary>
    public static PersistOffer? BeforeOrder(AcmeDirectory directory)
    {
        if (directory is { AccountHashPrefix: { } prefix, IssuerDomainNames.Count: > 0 }) return new PersistOffer(directory.IssuerDomainNames, null, prefix);

        var names = directory.CaaIdentities.Select(text => AcmeIdentifier.TryParse(text, out var name, out _) && name is { Type: AcmeIdentifierType.Dns, IsWildcard: false } ? name.Value : null).OfType<string>().ToList();
        return names.Count > 0 ? new PersistOffer(names, null, null) : null;
    }

    /// <summary>Null: the challenge is none that could be answered.</summary>
    public static PersistOffer? Of(AcmeChallenge challenge, AcmeDirectory directory)
    {
        if (challenge.IssuerDomainNames.Count == 0) return null;
        if (!challenge.IsOfHashes || directory.AccountHashPrefix is not { } prefix) return new PersistOffer(challenge.IssuerDomainNames, challenge.AccountUri, null);

        // Version 02, section 3.2: what the directory says holds for every challenge, and a CA has no name that it does not own to in CAA.
        var isAsSaid = directory.IssuerDomainNames.All(challenge.IssuerDomainNames.Contains)
            && (directory.CaaIdentities.Count == 0 || challenge.IssuerDomainNames.All(name => directory.CaaIdentities.Contains(name, StringComparer.OrdinalIgnoreCase)));
        return isAsSaid ? new PersistOffer(challenge.IssuerDomainNames, null, prefix) : null;
    }

    /// <param name="domain">What is to be proven, without <c>*.</c>.</param>
    /// <param name="isForWildcard">Names below it, too.</param>
    /// <param name="account">Whose order it is.</param>
    /// <param name="isCertain">A challenge said so.</param>
    public PersistRecord RecordOf(string domain, bool isForWildcard, AcmeAccount account, bool isCertain)
    {
        IReadOnlyList<string> accounts = HashPrefix is null
            ? [AccountUri ?? account.Url]
            : [Hashed(domain), Hashed("*")];
        return new PersistRecord(domain, isForWildcard, Issuers, accounts) { IsCertain = isCertain };

        string Hashed(string of) => DnsPersistAccountUri.Of(HashPrefix, of, account.Key.Thumbprint, account.Url);
    }
}
