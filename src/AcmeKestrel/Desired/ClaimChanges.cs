namespace AcmeKestrel.Desired;

/// <summary>The claims that sources make no longer, and those they make anew, since they were merged last.</summary>
internal sealed class ClaimChanges
{
    private readonly HashSet<WishClaim> _come = [];
    private readonly List<WishClaim> _gone = [];

    public IReadOnlyCollection<WishClaim> Gone => _gone;

    public IReadOnlyCollection<WishClaim> Come => _come;

    public void Add(WishClaim claim) => _come.Add(claim);

    public void Drop(WishClaim claim)
    {
        if (!_come.Remove(claim)) _gone.Add(claim);
    }
}
