using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace AcmeKestrel.Protocol.Transport;

/// <summary>Nonces the CA has given and nobody has used. Newest first: it is good the longest, and once it is stale all are.</summary>
internal sealed class NoncePool(TimeProvider time)
{
    internal const int Capacity = 64;
    private const int MaxLength = 256;

    /// <summary>RFC 8555 section 6.5.1: anything else must be ignored.</summary>
    private static readonly SearchValues<char> Base64Url = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    internal static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(3);

    private readonly Lock _lock = new();
    private readonly List<Nonce> _nonces = [];
    private long _taken;

    public static bool IsValid([NotNullWhen(true)] string? nonce) => nonce is { Length: > 0 and <= MaxLength } && !nonce.AsSpan().ContainsAnyExcept(Base64Url);

    public void Add(string? nonce)
    {
        if (!IsValid(nonce)) return;

        lock (_lock)
        {
            // A caching proxy may repeat an answer (RFC 8555 section 6.5.1 wants no-store).
            if (_nonces.Exists(kept => kept.Value == nonce)) return;
            if (_nonces.Count == Capacity) _nonces.RemoveAt(0);
            _nonces.Add(new(nonce, ++_taken, time.GetTimestamp()));
        }
    }

    /// <summary>One that goes straight to a request.</summary>
    public Nonce Pass(string nonce)
    {
        lock (_lock) return new(nonce, ++_taken, time.GetTimestamp());
    }

    /// <summary>Takes one out for good: whatever becomes of the request, its nonce is never used again.</summary>
    public bool TryTake([NotNullWhen(true)] out Nonce? nonce)
    {
        nonce = null;
        lock (_lock)
        {
            if (_nonces.Count == 0) return false;
            if (time.GetElapsedTime(_nonces[^1].Timestamp) > MaxAge)
            {
                _nonces.Clear();
                return false;
            }

            nonce = _nonces[^1];
            _nonces.RemoveAt(_nonces.Count - 1);
            return true;
        }
    }

    /// <summary>The CA rejected this one: what it gave before it is as stale.</summary>
    public void Reject(Nonce rejected)
    {
        lock (_lock) _nonces.RemoveAll(kept => kept.Number < rejected.Number);
    }
}

/// <param name="Number">Grows in the order in which they came.</param>
internal sealed record Nonce(string Value, long Number, long Timestamp);
