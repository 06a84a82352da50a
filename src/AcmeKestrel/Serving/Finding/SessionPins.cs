using System.Net.Security;
using System.Runtime.InteropServices;

namespace AcmeKestrel.Serving.Finding;

/// <summary>The platform's contexts of one certificate that are held although no connection has them: one for each kind of endpoint at which it is used.</summary>
internal sealed class SessionPins
{
    /// <summary>Protocol versions and whether there is ALPN; endpoints differ in little else.</summary>
    private const int Most = 8;

    private readonly Lock _gate = new();
    private volatile SafeHandle[] _held = [];
    private volatile bool _isHot;
    private bool _isOver;

    /// <summary>What is used is held.</summary>
    public bool IsHot => _isHot;

    /// <summary>From now on; false where the certificate was let go of.</summary>
    public bool Begin()
    {
        lock (_gate) return _isHot = !_isOver;
    }

    /// <summary>Holds what the connection had. Whether anything is held.</summary>
    public bool Hold(SslStream connection)
    {
        if (SessionContexts.Of(connection) is not { } context) return _held.Length > 0;
        if (Holds(context)) return true;

        lock (_gate)
        {
            if (_isHot && _held.Length < Most && !Holds(context) && SessionContexts.TryShare(context)) _held = [.. _held, context];
            return _held.Length > 0;
        }
    }

    /// <summary>The platform may close them when it likes; connections keep theirs.</summary>
    /// <param name="forGood">The certificate was let go of.</param>
    public void End(bool forGood)
    {
        lock (_gate)
        {
            _isHot = false;
            _isOver |= forGood;
            foreach (var context in _held) context.Dispose();
            _held = [];
        }
    }

    private bool Holds(SafeHandle context)
    {
        foreach (var held in _held)
        {
            if (ReferenceEquals(held, context)) return true;
        }

        return false;
    }
}
