using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Serving.Finding;

/// <summary>How many certificates are more than facts: the ones that were not used for longest go back to that first. A hand goes round over them; who was used since its last round stays for another one.</summary>
/// <param name="source">Null: nobody can read one again, so its bytes stay.</param>
internal sealed class LoadedCertificates(IAcmeSettings settings, ICertificateSource? source = null)
{
    private readonly Queue<ServedCertificate> _round = [];
    private readonly Lock _gate = new();

    public int Count
    {
        get
        {
            lock (_gate) return _round.Count;
        }
    }

    /// <summary>Without a source what was let go could not be had again.</summary>
    public bool KeepsBytes => source is null;

    /// <summary>It has bytes or a context now.</summary>
    public void Add(ServedCertificate certificate)
    {
        var max = settings.Current.MaxLoaded;
        lock (_gate)
        {
            if (!certificate.HasPlace) _round.Enqueue(certificate);
            certificate.HasPlace = true;

            // Twice round is enough: after the first nobody is touched but who was used meanwhile.
            for (var steps = 2 * _round.Count; steps > 0 && _round.Count > max; steps--)
            {
                var next = _round.Dequeue();
                if (next == certificate || next.TakeTouch()) _round.Enqueue(next);
                else Drop(next);
            }
        }
    }

    private void Drop(ServedCertificate certificate)
    {
        certificate.HasPlace = false;
        certificate.Unload(KeepsBytes);
    }
}
