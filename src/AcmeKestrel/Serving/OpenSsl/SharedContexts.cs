using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Security;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography;
using AcmeKestrel.Serving.Finding;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>
/// One context (OpenSSL's <c>SSL_CTX</c>) for all certificates: .NET makes one for each, which takes as long as all else of a cold name together, and of more than a few dozen it forgets most, with their
/// clients' sessions. There is one for each kind of endpoint. It is made, and tried, beside the first connections, which have contexts of their own; where the trial fails, all have.
/// As .NET's cache, which they lie in, they are the process'. They have the keys of the session tickets, so they are made anew each day.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class SharedContexts
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>A trial may fail by what happens beside it.</summary>
    private static readonly TimeSpan TriedAgainAfter = TimeSpan.FromMinutes(1);
    private static SharedContexts _current = new(null);

    /// <summary>Something was not as it was in the trial.</summary>
    private static volatile bool _isOff;
    private static string? _word;

    private readonly ConcurrentDictionary<EndpointKind, Making> _made = new();
    private readonly long _since = Stopwatch.GetTimestamp();

    /// <summary>A connection that was shown them may begin only now.</summary>
    private SharedContexts? _before;

    private SharedContexts(SharedContexts? before) => _before = before;

    /// <summary>Those of today.</summary>
    public static SharedContexts Current
    {
        get
        {
            var current = Volatile.Read(ref _current);
            return Stopwatch.GetElapsedTime(current._since) < Longest ? current : Renew(current);
        }
    }

    /// <summary>What .NET finds them by, in the place of a certificate's SHA-512.</summary>
    public byte[] Mark { get; } = RandomNumberGenerator.GetBytes(SHA512.HashSizeInBytes);

    /// <summary>.NET's setting for the whole process: it keeps no context then, and there is nothing to be shared, or to be warned of.</summary>
    private static bool IsResumptionOff { get; } = AppContext.TryGetSwitch("System.Net.Security.DisableTlsResume", out var isOff)
        ? isOff
        : Environment.GetEnvironmentVariable("DOTNET_SYSTEM_NET_SECURITY_DISABLETLSRESUME") is { } said && (said == "1" || said.Equals("true", StringComparison.OrdinalIgnoreCase));

    private static bool AreKnown { get; } = !IsResumptionOff && QuickLeaf.IsKnown && SessionContexts.AreKnown && PlatformContexts.ShowsOthers;

    /// <summary>Makes place for new ones, unless somebody has; those before these are held no longer.</summary>
    public static SharedContexts Renew(SharedContexts worn)
    {
        if (Interlocked.CompareExchange(ref _current, new SharedContexts(worn), worn) == worn) Interlocked.Exchange(ref worn._before, null)?.LetGo();
        return Volatile.Read(ref _current);
    }

    /// <summary>A connection that was to have one had another: from now on nobody has.</summary>
    public static void GiveUp()
    {
        _isOff = true;
        Say("a connection that was to have the shared one had another, so none is shared any more");
    }

    /// <summary>Why some share nothing, to be said once; else null.</summary>
    public static string? TakeWord() => Volatile.Read(ref _word) is null ? null : Interlocked.Exchange(ref _word, null);

    /// <summary>Whether a connection of such an endpoint can have one now.</summary>
    public bool Serve(SslServerAuthenticationOptions handshake) => FindAsync(handshake) is { IsCompletedSuccessfully: true, Result: not null };

    /// <summary>Whether it is one of them, or was.</summary>
    public bool Has(SafeHandle context)
    {
        foreach (var (_, making) in _made)
        {
            if (making.IsDone && ReferenceEquals(making.Context.Result, context)) return true;
        }

        return false;
    }

    /// <summary>Null where such an endpoint's connections have contexts of their own: .NET keeps none for them either.</summary>
    private Task<SafeHandle?>? FindAsync(SslServerAuthenticationOptions handshake)
    {
        if (!AreKnown || _isOff || !handshake.AllowTlsResume || handshake is not { CipherSuitesPolicy: null, EncryptionPolicy: EncryptionPolicy.RequireEncryption }) return null;

        var kind = new EndpointKind(handshake.EnabledSslProtocols, handshake.ApplicationProtocols is { Count: > 0 });
        var making = _made.GetOrAdd(kind, static (kind, all) => new Making(kind, all), this);
        if (making.HasFailed && Stopwatch.GetElapsedTime(making.Since) > TriedAgainAfter && _made.TryRemove(new(kind, making))) return FindAsync(handshake);

        return making.Context;
    }

    private static void Say(string word) => Volatile.Write(ref _word, word);

    private void LetGo()
    {
        foreach (var (_, making) in _made) _ = LetGoAsync(making.Context);

        static async Task LetGoAsync(Task<SafeHandle?> made) => (await made.ConfigureAwait(false))?.Dispose();
    }

    /// <summary>Of one kind; begun by the first who asks.</summary>
    private sealed class Making(EndpointKind kind, SharedContexts all)
    {
        private readonly Lazy<Task<SafeHandle?>> _context = new(() => Task.Run(() => MakeAsync(kind, all)));

        public long Since { get; } = Stopwatch.GetTimestamp();

        public Task<SafeHandle?> Context => _context.Value;

        public bool IsDone => Context is { IsCompletedSuccessfully: true, Result: not null };

        public bool HasFailed => Context is { IsCompletedSuccessfully: true, Result: null };

        private static async Task<SafeHandle?> MakeAsync(EndpointKind kind, SharedContexts all)
        {
            var (context, fault) = await SharedContextTrial.MakeAsync(kind, all).ConfigureAwait(false);
            if (fault is not null) Say($"{fault} (versions of TLS: {kind.Protocols}); it is tried again");
            return context;
        }
    }
}

/// <summary>What .NET tells contexts of one certificate apart by.</summary>
internal sealed record EndpointKind(SslProtocols Protocols, bool HasAlpn);
