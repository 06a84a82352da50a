using System.Net.Security;

namespace AcmeKestrel.Serving.Finding;

/// <summary>What TLS needs of a certificate, made once: a context for each handshake would cost as much again as the handshake. It holds memory outside .NET's, which is given back when the last connection that uses it has ended.</summary>
/// <param name="context">The leaf with its key, which nobody else has, and its intermediates, which others may have as well.</param>
internal sealed class LoadedCertificate(SslStreamCertificateContext context)
{
    /// <summary>One of them is its holder's.</summary>
    private int _uses = 1;

    public SslStreamCertificateContext Context { get; } = context;

    /// <summary>Nobody uses it any more, and nobody will.</summary>
    public bool IsGone => Volatile.Read(ref _uses) == 0;

    /// <summary>False where it has just gone.</summary>
    public bool TryUse()
    {
        var uses = Volatile.Read(ref _uses);
        while (uses > 0)
        {
            var before = Interlocked.CompareExchange(ref _uses, uses + 1, uses);
            if (before == uses) return true;
            uses = before;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _uses) == 0) TlsContexts.Close(Context);
    }
}
