using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning.Renewals;

namespace AcmeKestrel.Lifecycle.Planning.Revocations;

/// <summary>Whether the next certificate takes the present one's key (<c>ReuseKey</c>). Pure.</summary>
internal static class KeyReuse
{
    /// <summary>Never a key that somebody else may have. A window that has passed already is how a CA says that it revokes (RFC 9773 section 4.2), and it does not say why: the key may be the reason.</summary>
    public static bool IsWished(Situation situation, Wish wish, IssueReason because, DateTimeOffset now) =>
        wish.ReuseKey
        && situation.Certificate is { } certificate && certificate.KeyType == wish.KeyType
        && situation.Revocation is null or { SparesKey: true }
        && !(because.Kind is IssueReasonKind.RenewalHurried && RenewalTime.Window(certificate, situation.Schedule, situation.Renewal) is { } window && window.End <= now);
}
