using System.Security.Cryptography;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>Replay protection (RFC 8555 section 6.5): each nonce counts once. The oldest give way, so that nobody can fill the memory.</summary>
internal sealed class Nonces(int capacity)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _live = [];
    private readonly Queue<string> _byAge = [];

    public string Issue()
    {
        var nonce = StrictBase64Url.Encode(RandomNumberGenerator.GetBytes(16));
        lock (_gate)
        {
            _live.Add(nonce);
            _byAge.Enqueue(nonce);
            while (_byAge.Count > capacity) _live.Remove(_byAge.Dequeue());
        }

        return nonce;
    }

    public bool Spend(string? nonce)
    {
        lock (_gate)
        {
            return nonce is not null && _live.Remove(nonce);
        }
    }
}
