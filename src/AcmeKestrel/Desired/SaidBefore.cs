namespace AcmeKestrel.Desired;

/// <summary>What an entry's former words mean for its new ones.</summary>
internal static class SaidBefore
{
    /// <summary>Of several certificates in one file that is written anew, those that say what they said are not asked for anew, unless nothing else is new: then somebody touched the file.</summary>
    public static DesiredCertificates AskedOnlyForChanges(DesiredCertificates told, DesiredCertificates before)
    {
        if (told.Certificates.Count < 2) return told;

        var former = new Dictionary<string, DesiredCertificate>(StringComparer.Ordinal);
        foreach (var wording in before.Certificates) former.TryAdd(wording.Label ?? "", wording);
        var asked = told.Certificates.Select(wording => former.TryGetValue(wording.Label ?? "", out var known) && IsOnlyAskedFor(wording, known) ? wording with { AskedAt = known.AskedAt } : wording).ToList();
        var isTouched = asked.Count == before.Certificates.Count && asked.Zip(before.Certificates).All(pair => pair.First.IsSameAs(pair.Second)) && told.Problems.SequenceEqual(before.Problems);
        return isTouched ? told : told with { Certificates = asked };
    }

    /// <summary>Former wordings that stay in force.</summary>
    /// <param name="claims">What could be used of the new ones.</param>
    public static IReadOnlyList<DesiredCertificate> Staying(DesiredCertificates said, IReadOnlyList<WishClaim> former, IReadOnlyList<WishClaim> claims)
    {
        if (said.Former is not { } stays || former.Count == 0) return [];

        var used = claims.Select(claim => claim.Entry.Label).ToHashSet(StringComparer.Ordinal);
        var named = said.Certificates.Select(wording => wording.Label).Concat(stays.Labels).ToHashSet(StringComparer.Ordinal);
        return [.. former.Select(claim => claim.Entry).Where(entry => !used.Contains(entry.Label) && (stays.AreAllMeant || named.Contains(entry.Label))).Select(entry => entry.Wording)];
    }

    private static bool IsOnlyAskedFor(DesiredCertificate wording, DesiredCertificate before) => (before with { AskedAt = wording.AskedAt }).IsSameAs(wording);
}
