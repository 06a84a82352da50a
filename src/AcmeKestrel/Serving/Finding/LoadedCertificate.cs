using System.Net.Security;
using System.Runtime.InteropServices;
using AcmeKestrel.Serving.OpenSsl;

namespace AcmeKestrel.Serving.Finding;

/// <summary>What TLS needs of a certificate, made once: a context for each handshake would cost as much again as the handshake. It holds memory outside .NET's, which is given back when the last connection that uses it has ended.</summary>
/// <param name="context">The leaf with its key, which nobody else has, and its intermediates, which others may have as well: for connections that share nothing.</param>
/// <param name="leaf">The same for those that share a context with connections of other certificates; null where nothing can be shared.</param>
internal sealed class LoadedCertificate(Lazy<SslStreamCertificateContext> context, OpenSslLeaf? leaf, HotSet hot)
{
    /// <summary>Whoever was used that often is hot; counted on, it would stay so for long when it is not any more.</summary>
    private const int MostCounted = 4096;

    private UseCount _uses;

    /// <summary>Beside what is written anyway. Two at once may count as one.</summary>
    private int _handshakes;

    private volatile bool _isLetGo;

    /// <summary>The platform's context that was told last of the tickets it gives.</summary>
    private volatile SafeHandle? _told;

    public SslStreamCertificateContext Context => context.Value;

    /// <summary>What the platform must keep of it.</summary>
    public SessionPins Pins { get; } = new();

    /// <summary>How much it is used: lately more than long ago.</summary>
    public int Handshakes => Volatile.Read(ref _handshakes);

    /// <summary>It stands among those that the hot ones are chosen from; theirs to say.</summary>
    public bool IsActive { get; set; }

    /// <summary>No new connection gets it.</summary>
    public bool IsLetGo => _isLetGo;

    /// <summary>Nobody uses it any more, and nobody will.</summary>
    public bool IsGone => _uses.IsOver;

    /// <summary>False where it has just gone.</summary>
    public bool TryUse()
    {
        if (!_uses.TryAdd()) return false;

        if (_handshakes < MostCounted) _handshakes++;
        return true;
    }

    /// <summary>The leaf, where it may share a context.</summary>
    public OpenSslLeaf? Shareable => hot.SharesContexts ? leaf : null;

    public void Halve() => _handshakes /= 2;

    public void Release()
    {
        if (!_uses.Remove()) return;

        if (context.IsValueCreated) TlsContexts.Close(context.Value);
        if (OperatingSystem.IsLinux()) leaf?.Dispose();
    }

    /// <summary>A use that was a connection, and shared nothing with those of others.</summary>
    /// <param name="connection">Null where it did not come to TLS.</param>
    public void Release(SslStream? connection)
    {
        if (connection is not null)
        {
            if (SessionTickets.ContextOf(connection) is { } context && !ReferenceEquals(context, _told)) SessionTickets.LeaveOne(_told = context);
            hot.Ended(this, connection);
        }

        Release();
    }

    /// <summary>By its holder: nothing of it is kept for clients that come again.</summary>
    public void LetGo()
    {
        _isLetGo = true;
        hot.Forget(this);
        Pins.End(forGood: true);
        Release();
    }
}
