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
    private readonly List<(string Nonce, long Taken)> _nonces = [];

    public static bool IsValid([NotNullWhen(true)] string? nonce) => nonce is { Length: > 0 and <= MaxLength } && !nonce.AsSpan().ContainsAnyExcept(Base64Url);

    public void Add(string? nonce)
    {
        if (!IsValid(nonce)) return;

        lock (_lock)
        {
            // A caching proxy may repeat an answer (RFC 8555 section 6.5.1 wants no-store).
            if (_nonces.Exists(kept => kept.Nonce == nonce)) return;
            if (_nonces.Count == Capacity) _nonces.RemoveAt(0);
            _nonces.Add((nonce, time.GetTimestamp()));
        }
    }

    /// <summary>Takes one out for good: whatever becomes of the request, its nonce is never used again.</summary>
    public bool TryTake([NotNullWhen(true)] out string? nonce)
    {
        nonce = null;
        lock (_lock)
        {
            if (_nonces.Count == 0) return false;
            if (time.GetElapsedTime(_nonces[^1].Taken) > MaxAge)
            {
                _nonces.Clear();
                return false;
            }

            nonce = _nonces[^1].Nonce;
            _nonces.RemoveAt(_nonces.Count - 1);
            return true;
        }
    }
}
