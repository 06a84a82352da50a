using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AcmeKestrel.LocalCa;

namespace AcmeKestrel.InteropTests.LocalCa;

/// <summary>What became of each order, as the CA's replies told its clients: seen from the CA, whatever processes asked for.</summary>
internal sealed class SeenOrders
{
    private readonly Lock _gate = new();
    private readonly List<Seen> _orders = [];
    private readonly List<string> _doubles = [];

    /// <summary>Sets of names that were ordered anew although an order for just them was still open.</summary>
    public IReadOnlyList<string> Doubles
    {
        get
        {
            lock (_gate) return [.. _doubles];
        }
    }

    /// <summary>URLs of orders that a certificate was issued for.</summary>
    public IReadOnlyList<string> Issued
    {
        get
        {
            lock (_gate) return [.. _orders.Where(order => order.Status == "valid").Select(order => order.Url)];
        }
    }

    /// <summary>How many certificates were issued for just this name.</summary>
    public int IssuedFor(string name)
    {
        lock (_gate) return _orders.Count(order => order.Names == name && order.Status == "valid");
    }

    /// <summary>Of orders that a certificate was issued for those whose certificate is none of these: <c>shop.test@20261129T125955Z-faa15b9c</c> ends with what its order's URL makes.</summary>
    public static IReadOnlyList<string> Missing(IEnumerable<string> issued, IEnumerable<string> generations)
    {
        var ends = generations.Select(generation => generation[(generation.LastIndexOf('-') + 1)..]).ToHashSet(StringComparer.Ordinal);
        return [.. issued.Where(url => !ends.Contains(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)).AsSpan(0, 4))))];
    }

    public void Note(LocalCaRequest request, LocalCaReply reply)
    {
        if (reply.Status is not (200 or 201) || request.Resource is not ("new-order" or "order" or "finalize" or "authorization" or "challenge")) return;

        using var json = JsonDocument.Parse(reply.Body);
        var status = json.RootElement.GetProperty("status").GetString()!;
        lock (_gate)
        {
            if (request.Resource is "new-order") Add(HeaderOf(reply, "Location"), status, json.RootElement);
            else if (request.Resource is "order" or "finalize") Tell(order => PathOf(order.Url).EndsWith(request.Path[request.Path.LastIndexOf('/')..], StringComparison.Ordinal), status);
            else if (status is "invalid" or "deactivated") Tell(order => order.Authorizations.Contains(request.Resource is "authorization" ? request.Path : Up(reply)), "invalid");
        }
    }

    private void Add(string url, string status, JsonElement order)
    {
        var names = string.Join(' ', order.GetProperty("identifiers").EnumerateArray().Select(identifier => identifier.GetProperty("value").GetString()).Order(StringComparer.Ordinal));
        if (_orders.Find(other => other.Names == names && other.Status is not ("valid" or "invalid")) is { } open) _doubles.Add($"{names}: {url} while {open.Url} is {open.Status}");
        _orders.Add(new Seen(url, names, [.. order.GetProperty("authorizations").EnumerateArray().Select(authorization => PathOf(authorization.GetString()!))]) { Status = status });
    }

    /// <summary>Replies are noted in another order than they were made, and after its end an order changes no more.</summary>
    private void Tell(Predicate<Seen> which, string status)
    {
        foreach (var order in _orders.FindAll(order => order.Status is not ("valid" or "invalid") && which(order))) order.Status = status;
    }

    /// <summary>A challenge's link to its authorization.</summary>
    private static string Up(LocalCaReply reply) => PathOf(reply.Headers.First(header => header.Key == "Link" && header.Value.Contains("\"up\"", StringComparison.Ordinal)).Value.Split('<', '>')[1]);

    private static string HeaderOf(LocalCaReply reply, string name) => reply.Headers.First(header => header.Key == name).Value;

    private static string PathOf(string url) => new Uri(url).AbsolutePath;

    private sealed record Seen(string Url, string Names, IReadOnlyList<string> Authorizations)
    {
        public required string Status { get; set; }
    }
}
