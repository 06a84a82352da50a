namespace AcmeKestrel.Desired;

/// <summary>What a source said under one key, and what was read from it. Mostly one certificate, worded as it was read: then the claim alone tells all of it.</summary>
internal readonly struct KeptEntry
{
    private readonly WishClaim? _only;
    private readonly Whole? _whole;

    public KeptEntry(DesiredCertificates said, IReadOnlyList<WishClaim> claims)
    {
        if (said is { Certificates: [var wording], Problems: [] } && claims is [var only] && only.Entry.Wording.IsSameAs(wording)) _only = only;
        else _whole = new Whole(said, [.. claims]);
    }

    public DesiredCertificates Said => _only is null ? _whole!.Said : new DesiredCertificates([_only.Entry.Wording]);

    public IReadOnlyList<WishClaim> Claims => _only is null ? _whole!.Claims : [_only];

    private sealed record Whole(DesiredCertificates Said, WishClaim[] Claims);
}
