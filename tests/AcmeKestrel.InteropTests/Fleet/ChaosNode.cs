using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>One edge, its way to the engine, and visitors who come all the time.</summary>
internal sealed partial class ChaosNode(int enginePort, string[] names, Commits committed) : IAsyncDisposable
{
    private const int Pause = 19;
    private const int GoOn = 18;

    private readonly List<ChildProcess> _ended = [];

    /// <summary>Even while it lives: each end and each new beginning counts.</summary>
    private int _life;
    private volatile bool _isCurrent = true;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public SampleEdge Edge { get; } = new();

    public TcpProxy Engine { get; } = new(FreePort.Next(), enginePort);

    /// <summary>A balancer that asks after its health sends it visitors, and the CA's probes.</summary>
    public bool IsUp => IsAlive(Life) && _isCurrent;

    public int Visits { get; private set; }

    private int Life => Volatile.Read(ref _life);

    public List<string> Troubles { get; } = [];

    public ConcurrentQueue<string> Failures { get; } = [];

    /// <summary>The tokens of the right to order that its processes told of, the oldest first.</summary>
    public IEnumerable<long> Rights() => _ended.Append(Edge.Process).SelectMany(RightsOf);

    /// <summary>Each is greater than what a process had before: an order of all of them would need their clocks.</summary>
    public bool AreRightsInOrder() => Rights().Zip(Rights().Skip(1)).All(pair => pair.First < pair.Second);

    /// <summary>Certificates that are good now: it has heard of what was renewed.</summary>
    public async Task ServesAllAsync()
    {
        foreach (var name in names)
        {
            await Patience.UntilAsync(async token => (await Edge.ServedAsync(name, token)).Certificate.NotAfter.ToUniversalTime() > DateTime.UtcNow ? "" : null, () => $"{name} is over. Output:\n{Edge.Process.Output}", Stop);
        }
    }

    /// <summary>A handshake that begins and ends while the node lives succeeds, with a certificate that the CA signed; the newest one, unless the node cannot have heard of that yet.</summary>
    public async Task VisitAsync(CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!cancellationToken.IsCancellationRequested)
        {
            var (life, wasCurrent) = (Life, _isCurrent);
            var name = names[Visits++ % names.Length];
            var end = committed.EndOfNewest(name);
            var failure = await TryVisitAsync(name, served => !wasCurrent || !_isCurrent || served >= end);
            if (failure is not null && IsAlive(life) && life == Life && !cancellationToken.IsCancellationRequested) Failures.Enqueue($"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {failure}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public async Task DieAsync()
    {
        Troubles.Add("killed");
        Interlocked.Increment(ref _life);
        await Edge.Process.KillAsync(Stop);
        _ended.Add(Edge.Process);
        Edge.Start();
        await CatchUpAsync();
        Interlocked.Increment(ref _life);
    }

    public async Task SleepAsync(TimeSpan duration, string trouble)
    {
        Troubles.Add(trouble);
        Interlocked.Increment(ref _life);
        _isCurrent = false;
        _ = Kill(Edge.Process.Id, Pause);
        await Task.Delay(duration, Stop);
        _ = Kill(Edge.Process.Id, GoOn);
        await Edge.FirstHandshakeAsync(names[0], Stop);
        Interlocked.Increment(ref _life);
        await CatchUpAsync();
    }

    /// <summary>It serves what it has, and catches up.</summary>
    public async Task WithoutEngineAsync(Action<TcpProxy> trouble, TimeSpan duration)
    {
        _isCurrent = false;
        trouble(Engine);
        Troubles.Add(Engine.IsSilent ? "engine silent" : Engine.IsShut ? "engine away" : Engine.LosesAnswers ? "answers of the engine lost" : "engine slow");
        await Task.Delay(duration, Stop);
        (Engine.IsSilent, Engine.IsShut, Engine.LosesAnswers, Engine.Delay) = (false, false, false, TimeSpan.Zero);
        await CatchUpAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Edge.DisposeAsync();
        await Engine.DisposeAsync();
    }

    /// <summary>It has the newest of all names. A connection that lost something takes its time to be given up.</summary>
    private async Task CatchUpAsync()
    {
        foreach (var name in names)
        {
            await Patience.UntilAsync(async token => (await Edge.ServedAsync(name, token)).Certificate.NotAfter.ToUniversalTime() >= committed.EndOfNewest(name) ? "" : null, () => $"An old certificate of {name}. Output:\n{Edge.Process.Output}", Stop);
        }

        _isCurrent = true;
    }

    private static bool IsAlive(int life) => life % 2 == 0;

    private static IEnumerable<long> RightsOf(ChildProcess process) => Right().Matches(process.Output).Select(match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    private async Task<string?> TryVisitAsync(string name, Func<DateTimeOffset, bool> isNew)
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            if (await ServedChain.FetchAsync(Edge.HttpsPort, name, patience.Token) is not { IsSelfSigned: false } served || !served.Covers(name)) return $"{name}: another certificate";
            return isNew(served.Certificate.NotAfter.ToUniversalTime()) ? null : $"{name}: an older certificate, until {served.Certificate.NotAfter:HH:mm:ss}";
        }
        catch (Exception failed) when (failed is SocketException or IOException or AuthenticationException or OperationCanceledException)
        {
            return $"{name}: {failed.GetType().Name} {failed.Message}";
        }
    }

    [GeneratedRegex(@"has the right to order from now on \(token (\d+)\)")]
    private static partial Regex Right();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
