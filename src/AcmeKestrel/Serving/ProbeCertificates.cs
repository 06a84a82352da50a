using System.Net.Security;
using AcmeKestrel.Challenges;

namespace AcmeKestrel.Serving;

/// <summary>What probes are shown, made once for each answer: an answer that came from a store is the same when it comes again, and anybody can have it come. The last ones are kept; one that had to go is made anew.</summary>
internal sealed class ProbeCertificates(TimeProvider time)
{
    /// <summary>As many names as are validated at once, and more.</summary>
    private const int MaxKept = 256;

    private readonly Dictionary<ChallengeAnswer, Lazy<SslStreamCertificateContext>> _made = [];
    private readonly Queue<ChallengeAnswer> _order = new();
    private readonly Lock _gate = new();

    public SslStreamCertificateContext For(ChallengeAnswer answer)
    {
        Lazy<SslStreamCertificateContext>? shown;
        lock (_gate)
        {
            if (!_made.TryGetValue(answer, out shown))
            {
                // Not disposed of: a handshake may still be showing it.
                if (_order.Count >= MaxKept) _made.Remove(_order.Dequeue());

                _made[answer] = shown = new Lazy<SslStreamCertificateContext>(() => Make(answer), LazyThreadSafetyMode.PublicationOnly);
                _order.Enqueue(answer);
            }
        }

        // Not under the lock, and what failed once is tried again.
        return shown.Value;
    }

    private SslStreamCertificateContext Make(ChallengeAnswer answer) => SslStreamCertificateContext.Create(TlsAlpnCertificate.Create(answer, time.GetUtcNow()), null, offline: true);
}
