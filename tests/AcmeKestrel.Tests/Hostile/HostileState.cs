using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>A state with an account and the certificate of <c>shop.test</c>, and the next process on it, between which and the embedded CA a resource can fail.</summary>
internal sealed class HostileState : IAsyncDisposable
{
    public const string Served = "shop.test";

    private readonly RecordedLog _log = new();
    private readonly HashSet<string> _privateKeys = [];
    private readonly List<string?> _told = [];
    private Edge? _edge;

    private HostileState(Action<LocalCaServerOptions>? configure)
    {
        World = new AccountEdge(configure);
        World.Settings.DirectoryUrl += $"?{FaultyTransport.Capability}";
        World.Store.BeforeWrite = _ => KeepSecrets();
        World.Wire = ca => Transport = new FaultyTransport(ca, World.Time);
    }

    public AccountEdge World { get; }

    public FaultyTransport Transport { get; private set; } = null!;

    public Edge Edge => _edge!;

    /// <summary>Certificates ordered by the process on the state.</summary>
    public int NewOrders => Count("/new-order", 201);

    public int NewAccounts => Count("/new-account", 201);

    /// <summary>Nothing is known yet of when to renew.</summary>
    public static async Task<HostileState> SeedAsync(Action<LocalCaServerOptions>? configure = null)
    {
        var state = new HostileState(configure);
        state.World.Settings.Ari = false;
        await state.World.SeedAsync();
        state.World.Settings.Ari = true;
        return state;
    }

    /// <summary>One process, to which the resource fails from the beginning.</summary>
    public async Task StartAsync(Fault fault, string failingPath, int times, params Wish[] wishes)
    {
        World.Wire = ca => Transport = new FaultyTransport(ca, World.Time) { Fault = fault, FailingPath = failingPath, Left = times };
        World.Log = _log;
        _edge = await World.StartAsync(wishes);
    }

    /// <summary>What an operator asks for, and what it threw.</summary>
    public async Task<AcmeAccountException?> TryAsync(Func<IAcmeAccounts, Task> work)
    {
        try
        {
            await World.PassTimeAsync(DoAsync());
            return null;
        }
        catch (AcmeAccountException refused)
        {
            _told.Add($"{refused}");
            return refused;
        }

        async Task<bool> DoAsync()
        {
            await work(Edge.Get<IAcmeAccounts>());
            return true;
        }
    }

    public async Task RunAsync(TimeSpan duration)
    {
        await Edge.RunAsync(duration);
        _told.AddRange(Edge.Wishes.Select(wish => Edge.Status(wish.Label).Reason));
    }

    public int Count(string path, int status) => Transport.Processed.Count(answer => answer.Path == path && answer.Status == status);

    public void AssertNoSecretWasTold()
    {
        KeepSecrets();
        Assert.NotEmpty(_log.Lines);
        Secrets.AssertNoneIn([.. _log.Lines, .. _told], _privateKeys, Transport.Signatures);
    }

    public async ValueTask DisposeAsync()
    {
        if (_edge is not null) await _edge.DisposeAsync();
        await World.DisposeAsync();
        _log.Dispose();
    }

    private void KeepSecrets()
    {
        foreach (var kind in (RecordKind[])[RecordKind.Account, RecordKind.Order, RecordKind.Certificate])
        {
            foreach (var part in World.Store.All(kind).SelectMany(record => record.Content.Parts).Where(part => part.Secret)) _privateKeys.Add(Encoding.ASCII.GetString(part.Bytes.Span));
        }
    }
}
