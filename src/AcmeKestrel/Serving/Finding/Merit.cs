using AcmeKestrel.Certificates;

namespace AcmeKestrel.Serving.Finding;

/// <summary>How good a certificate is for one handshake. Pure.</summary>
/// <param name="IsVerifiable">The client knows the key's kind: with any other the handshake fails for certain.</param>
/// <param name="Standing">2: valid and wished; 1: valid; 0: neither, which still is better than a stranger's.</param>
/// <param name="IsExact">For the name itself, not for its wildcard.</param>
/// <param name="IsEcdsa">The cheaper handshake.</param>
internal readonly record struct Merit(bool IsVerifiable, int Standing, bool IsExact, bool IsEcdsa, DateTimeOffset NotAfter) : IComparable<Merit>
{
    public static Merit Of(in Candidate candidate, bool isExact, KeyFamily accepts, DateTimeOffset now)
    {
        var facts = candidate.Certificate.Facts;
        var isValid = now >= facts.NotBefore && now < facts.NotAfter;
        return new Merit(
            (facts.KeyFamily & accepts) != 0,
            (isValid, candidate.IsWished) switch { (true, true) => 2, (true, false) => 1, _ => 0 },
            isExact,
            (facts.KeyFamily & KeyFamily.Ecdsa) != 0,
            facts.NotAfter);
    }

    public int CompareTo(Merit other)
    {
        if (IsVerifiable != other.IsVerifiable) return IsVerifiable ? 1 : -1;
        if (Standing != other.Standing) return Standing - other.Standing;
        if (IsExact != other.IsExact) return IsExact ? 1 : -1;
        if (IsEcdsa != other.IsEcdsa) return IsEcdsa ? 1 : -1;
        return NotAfter.CompareTo(other.NotAfter);
    }
}
