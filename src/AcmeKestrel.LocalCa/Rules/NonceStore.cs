using System.Security.Cryptography;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>Nonces that were given out and not used yet; bounded, the oldest are forgotten (RFC 8555 section 6.5).</summary>
internal sealed class NonceStore
{
    private const int Capacity = 10_000;

    private readonly HashSet<string> _live = [];
    private readonly Queue<string> _order = new();

    public string Create()
    {
        var nonce = Base64UrlStrict.Encode(RandomNumberGenerator.GetBytes(16));
        _live.Add(nonce);
        _order.Enqueue(nonce);
        while (_order.Count > Capacity) _live.Remove(_order.Dequeue());
        return nonce;
    }

    /// <summary>True once for each nonce.</summary>
    public bool TryUse(string nonce) => _live.Remove(nonce);
}
