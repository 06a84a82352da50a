using System.Net.Security;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Serving.Finding;

/// <summary>
/// The certificates that are used most: their contexts are held, so that who comes again resumes and a handshake makes none. The platform keeps only so many, and with more certificates than that
/// nearly every handshake would make its context anew and nobody would resume. Who is among them is decided after connections have ended; a handshake only counts.
/// </summary>
/// <param name="shares">False: no connections share a context with those of other certificates, as on a platform where they cannot.</param>
internal sealed class HotSet(IAcmeSettings settings, bool shares = true) : IDisposable
{
    /// <summary>Below that nothing is held. The platform keeps 31 contexts, and a certificate may need two of them; those of our own connections to elsewhere are counted as well.</summary>
    public const int Few = 16;

    /// <summary>Who comes in someone's place must have been used as much more than that one: each change costs the sessions of one name.</summary>
    private const int Times = 2;
    private const int Lead = 4;

    /// <summary>Counts are halved when they are so many each. With fewer, chance alone would have names of equal rank change places.</summary>
    private const int Memory = 64;

    private readonly Lock _gate = new();
    private readonly HashSet<LoadedCertificate> _active = [];
    private readonly HashSet<LoadedCertificate> _hot = [];
    private volatile int _activeCount;
    private volatile int _hotCount;
    private int _passedOver;
    private bool _isOver;

    public int Count => _hotCount;

    /// <summary>Whether connections of all certificates may share a context, which keeps all their sessions.</summary>
    public bool SharesContexts => shares && settings.Current.HotNames > 0;

    /// <summary>A connection with the certificate is over.</summary>
    public void Ended(LoadedCertificate certificate, SslStream connection)
    {
        var most = settings.Current.HotNames;
        if (most == 0 && _hotCount == 0) return;

        if (certificate.Pins.IsHot && _hotCount <= most) certificate.Pins.Hold(connection);
        else if (IsWorthALook(certificate, most)) Look(certificate, connection, most);
    }

    /// <summary>It was renewed, or made room: it is used no more.</summary>
    public void Forget(LoadedCertificate certificate)
    {
        lock (_gate)
        {
            _active.Remove(certificate);
            _hot.Remove(certificate);
            Note(certificate, isActive: false);
        }
    }

    /// <summary>The platform's contexts outlive the application.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            foreach (var certificate in _hot.ToList()) Cool(certificate);
            _hotCount = 0;
        }
    }

    /// <summary>Most connections end with nothing to decide, and take no lock.</summary>
    private bool IsWorthALook(LoadedCertificate certificate, int most)
    {
        if (!certificate.IsActive || _hotCount > most) return true;
        if (_activeCount <= Few || !SessionContexts.AreKnown) return false;

        return _hotCount < most || Interlocked.Increment(ref _passedOver) >= _activeCount;
    }

    private void Look(LoadedCertificate certificate, SslStream connection, int most)
    {
        lock (_gate)
        {
            if (_isOver || certificate.IsLetGo) return;

            _active.Add(certificate);
            Note(certificate, isActive: true);
            if (_activeCount <= Few && _hotCount <= most) return;

            if (_hotCount < most)
            {
                // An endpoint may resume nothing at all.
                if (!certificate.Pins.Begin() || !certificate.Pins.Hold(connection)) certificate.Pins.End(forGood: false);
                else _hot.Add(certificate);
                _hotCount = _hot.Count;
                return;
            }

            if (_hotCount == most && Volatile.Read(ref _passedOver) < _activeCount) return;
            _passedOver = 0;
        }

        // As often as there are certificates, so that a look at all of them costs each connection a look at one.
        ThreadPool.UnsafeQueueUserWorkItem(static hot => hot.Choose(), this, preferLocal: false);
    }

    /// <summary>Whoever is used much more than the least of the hot ones takes its place.</summary>
    public void Choose()
    {
        lock (_gate)
        {
            if (_isOver) return;

            var most = settings.Current.HotNames;
            var least = new Queue<LoadedCertificate>(_hot.OrderBy(certificate => certificate.Handshakes));
            while (least.Count > most) Cool(least.Dequeue());

            var floor = least.TryPeek(out var first) ? Above(first) : int.MaxValue;
            var coming = _active.Where(certificate => certificate.Handshakes > floor && !certificate.Pins.IsHot).OrderByDescending(certificate => certificate.Handshakes);
            foreach (var certificate in coming)
            {
                if (!least.TryDequeue(out var going) || certificate.Handshakes <= Above(going)) break;

                Cool(going);
                if (certificate.Pins.Begin()) _hot.Add(certificate);
            }

            _hotCount = _hot.Count;
            if (_active.Sum(certificate => (long)certificate.Handshakes) < (long)Memory * _active.Count) return;
            foreach (var certificate in _active) certificate.Halve();
        }
    }

    private void Cool(LoadedCertificate certificate)
    {
        _hot.Remove(certificate);
        certificate.Pins.End(forGood: false);
    }

    private void Note(LoadedCertificate certificate, bool isActive)
    {
        certificate.IsActive = isActive;
        _activeCount = _active.Count;
        _hotCount = _hot.Count;
    }

    private static int Above(LoadedCertificate certificate) => (Times * certificate.Handshakes) + Lead;
}
