using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving;

/// <summary>Says that something in front puts another name into <c>Host</c>: once an hour for each pair of names, and for so many pairs only.</summary>
internal sealed class RewrittenHosts(TimeProvider time, ILogger<RewrittenHosts> logger)
{
    private const int MaxPairs = 256;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);
    private readonly ConcurrentDictionary<(string Host, string Name), long> _told = new();

    /// <param name="host">What stood in <c>Host</c>; anything.</param>
    /// <param name="name">What the token was issued for.</param>
    public void Tell(string host, string name)
    {
        var (pair, now) = ((PlainText.Of(host, 100), name), time.GetTimestamp());
        if (_told.Count >= MaxPairs) Forget();

        // A CA asks from several places at once: one of these requests says it.
        var isNews = _told.TryGetValue(pair, out var last) ? IsOld(last) && _told.TryUpdate(pair, now, last) : _told.Count < MaxPairs && _told.TryAdd(pair, now);
        if (isNews) _log.HostRewritten(pair.Item1, name);
    }

    private void Forget()
    {
        foreach (var (pair, told) in _told)
        {
            if (IsOld(told)) _told.TryRemove(new(pair, told));
        }
    }

    private bool IsOld(long told) => time.GetElapsedTime(told) >= Interval;
}
