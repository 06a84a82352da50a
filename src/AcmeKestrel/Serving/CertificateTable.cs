using System.Collections.Concurrent;
using System.Net;
using AcmeKestrel.Certificates;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving;

/// <summary>The certificates that are served now, by name and key family. Reading takes no lock and allocates nothing; a swap is one reference write for each name.</summary>
internal sealed class CertificateTable(ILogger<CertificateTable> logger) : ICertificatePublisher
{
    private readonly ConcurrentDictionary<string, NameSlots> _slots = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Each label's latest generation in the order of publication; only for writers.</summary>
    private readonly OrderedDictionary<string, ServedCertificate> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _writing = new();

    /// <inheritdoc/>
    public void Publish(Generation generation)
    {
        lock (_writing)
        {
            // The same generation again keeps its context, and with it the clients' sessions.
            if (_current.TryGetValue(generation.Label, out var old) && old.Generation.Id == generation.Id) return;

            var certificate = new ServedCertificate(generation, logger);
            _current.Remove(generation.Label);
            _current.Add(generation.Label, certificate);

            // Names that the label's older generation had beside these stay on it: an old certificate is better than none.
            foreach (var key in Keys(generation)) _slots[key] = Fill(key, certificate);
        }
    }

    /// <inheritdoc/>
    public void Withdraw(string label)
    {
        lock (_writing)
        {
            if (!_current.Remove(label)) return;

            foreach (var (key, slots) in _slots)
            {
                if (!slots.HasAnyOf(label)) continue;

                var rest = Refill(key, slots.Without(label));
                if (rest.IsEmpty) _slots.TryRemove(key, out _);
                else _slots[key] = rest;
            }
        }
    }

    /// <summary>The certificate for this hello. Without a server name the address that was connected to is the name: SNI cannot carry one (RFC 8738 section 6).</summary>
    public ServedCertificate? Find(in ClientHello hello, EndPoint? local)
    {
        if (hello.ServerName is { } name) return Find(name, hello.AcceptsEcdsa);

        return local is IPEndPoint { Address: var address } ? Find((address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString(), hello.AcceptsEcdsa) : null;
    }

    /// <summary>The exact name's certificate, else a wildcard's, of the family that the client can verify where there are both.</summary>
    public ServedCertificate? Find(string name, bool acceptsEcdsa)
    {
        // A name that begins with a dot is none, and would be a wildcard's key.
        if (name.StartsWith('.')) return null;
        if (_slots.TryGetValue(name, out var exact)) return exact.Choose(acceptsEcdsa);

        // A wildcard stands for exactly one label (RFC 9525 section 6.3).
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && _slots.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name.AsSpan(dot), out var wildcard) ? wildcard.Choose(acceptsEcdsa) : null;
    }

    private NameSlots Fill(string key, ServedCertificate certificate)
    {
        if (!_slots.TryGetValue(key, out var slots)) return NameSlots.Empty.With(certificate);

        // The label's key family may have changed: then its old certificate must not be preferred to its new one.
        var label = certificate.Generation.Label;
        return slots.HasAnyOf(label) ? Refill(key, slots.Without(label).With(certificate)) : slots.With(certificate);
    }

    /// <summary>Other labels may cover the name too: the one published last takes a place that became free.</summary>
    private NameSlots Refill(string key, NameSlots slots)
    {
        for (var i = _current.Count - 1; i >= 0 && !slots.IsFull; i--)
        {
            var other = _current.GetAt(i).Value;
            if (Keys(other.Generation).Contains(key, StringComparer.OrdinalIgnoreCase)) slots = slots.WithMissing(other);
        }

        return slots;
    }

    /// <summary>A wildcard's key is the name without its star: that is what a lookup has without making a string.</summary>
    private static IEnumerable<string> Keys(Generation generation) =>
        generation.Chain.Identifiers.Select(identifier => identifier.IsWildcard ? identifier.Value[1..] : identifier.Value);
}
