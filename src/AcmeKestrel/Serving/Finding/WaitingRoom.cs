namespace AcmeKestrel.Serving.Finding;

/// <summary>How many handshakes may wait at once, in all and of one network.</summary>
internal sealed class WaitingRoom(int seats, int seatsOfNetwork)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _networks = new(StringComparer.Ordinal);
    private int _taken;

    /// <summary>False: there is no seat. Whoever has one leaves it again.</summary>
    public bool TryEnter(string network)
    {
        lock (_gate)
        {
            var ofNetwork = _networks.GetValueOrDefault(network);
            if (_taken >= seats || ofNetwork >= seatsOfNetwork) return false;

            _taken++;
            _networks[network] = ofNetwork + 1;
            return true;
        }
    }

    public void Leave(string network)
    {
        lock (_gate)
        {
            _taken--;
            if (--_networks[network] == 0) _networks.Remove(network);
        }
    }
}
