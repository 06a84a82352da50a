using System.Buffers.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Revoking;

/// <summary>
/// Where the revocation of each certificate would be listed, once one has read it: that never changes, and a hundred thousand records need not be opened each day for it. What certificates share is kept once,
/// and their serial numbers are in their facts.
/// </summary>
internal sealed class RevocationPoints
{
    /// <summary>A CA has some hundred lists at most (Let's Encrypt has 128 for each issuer). Of one that has a list for each certificate the others are read each time.</summary>
    private const int MostPlaces = 1024;

    private readonly Lock _gate = new();

    /// <summary>By label, of its latest generation that was read; no place: nobody lists it.</summary>
    private readonly Dictionary<string, (string Generation, RevocationPlace? Place)> _known = new(StringComparer.Ordinal);
    private readonly HashSet<RevocationPlace> _places = [];

    /// <summary>What was read of it, to be found later.</summary>
    /// <param name="known">Its facts, whose texts are kept anyway.</param>
    /// <param name="generation">What was read in its place: another one is not kept.</param>
    /// <returns>Null: nobody lists it.</returns>
    public RevocationPoint? Learn(CertificateFacts known, Generation generation)
    {
        var point = RevocationPoint.Of(generation);
        if (generation.Id != known.Generation) return point;

        lock (_gate)
        {
            var place = point is null ? null : Share(point.Place);
            if (point is null || place is not null) _known[known.Label] = (known.Generation, place);
        }

        return point;
    }

    /// <param name="point">Null: nobody lists it.</param>
    /// <returns>False: it has to be read.</returns>
    public bool TryFind(CertificateFacts certificate, out RevocationPoint? point)
    {
        point = null;
        (string Generation, RevocationPlace? Place) known;
        lock (_gate)
        {
            if (!_known.TryGetValue(certificate.Label, out known) || known.Generation != certificate.Generation) return false;
        }

        if (known.Place is null) return true;
        if (SerialOf(certificate) is not { } serial) return false;

        point = new RevocationPoint(known.Place, serial);
        return true;
    }

    /// <summary>Lets go of labels that are gone.</summary>
    public void Keep(Predicate<string> isThere)
    {
        lock (_gate)
        {
            foreach (var label in _known.Keys.Where(label => !isThere(label)).ToList()) _known.Remove(label);
            _places.IntersectWith(_known.Values.Select(known => known.Place).OfType<RevocationPlace>().ToHashSet());
        }
    }

    /// <summary>Null: there are too many.</summary>
    private RevocationPlace? Share(RevocationPlace place)
    {
        if (_places.TryGetValue(place, out var shared)) return shared;
        if (_places.Count >= MostPlaces) return null;

        // Of a certificate's own bytes, which would stay as long.
        shared = place with { Issuer = place.Issuer.ToArray(), Signer = place.Signer.ToArray() };
        _places.Add(shared);
        return shared;
    }

    /// <summary>The second half of a certificate's renewal id is the serial number's content (RFC 9773 section 4.1). Null: it says too little of itself to have one.</summary>
    private static byte[]? SerialOf(CertificateFacts certificate)
    {
        if (certificate.RenewalId is not { } id || id.AsSpan(id.IndexOf('.', StringComparison.Ordinal) + 1) is not { Length: > 0 } serial || !Base64Url.IsValid(serial)) return null;

        return Base64Url.DecodeFromChars(serial);
    }
}
