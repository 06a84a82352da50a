using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>
/// The way of an order's records: written, seen on all servers, left alone for a while. What is waited for is a task of the desk's or a moment; between them there is neither.
/// </summary>
/// <param name="write">Begins to write them.</param>
/// <param name="look">Begins to look for them; null: nobody can.</param>
internal sealed class DnsPreparation(Func<Task<DnsWritten>> write, Func<IReadOnlyList<DnsPlan>, Task<DnsLooked>>? look)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(20);

    private const int MostTold = 10;

    private const string LeftAlone = "its DNS records are left alone for a while";

    private Task<DnsWritten>? _writing;
    private Task<DnsLooked>? _looking;
    private IReadOnlyDictionary<string, string> _missing = new Dictionary<string, string>();
    private DateTimeOffset? _deadline;
    private DateTimeOffset? _nextLook;
    private DateTimeOffset? _seen;
    private TimeSpan _pause = FirstPause;

    /// <summary>Who told nothing to the end, while others showed the records; null: nobody.</summary>
    public string? PassedOver { get; private set; }

    /// <summary>One of these names has a record that not all servers of its zone told.</summary>
    public bool IsPassedOver(IEnumerable<string> names) => PassedOver is not null && names.Any(_missing.ContainsKey);

    /// <summary>Goes on as far as it can now.</summary>
    /// <exception cref="Storage.StoreUnavailableException">What is written could not be put on record before.</exception>
    public async Task<DnsProgress> GoAsync(DnsSettings settings, DateTimeOffset now)
    {
        _writing ??= write();
        if (!_writing.IsCompleted) return new DnsProgress.Working(_writing, "its DNS records are being written");

        var written = await WrittenAsync(_writing).ConfigureAwait(false);
        if (written.Faults.Count > 0) return new DnsProgress.Failed(written.Faults);

        if (_seen is null && look is not null && settings.ChecksPropagation && await LookAsync(look, written.Plans, settings, now).ConfigureAwait(false) is { } notYet) return notYet;

        // By a clock that was ahead: how long they have been left alone nobody knows, so that begins anew.
        if (_seen is null || AnotherClock.Noted(_seen, now)) _seen = now;
        return now < _seen + settings.Delay ? new DnsProgress.Waiting(_seen.Value + settings.Delay, settings.ChecksPropagation ? LeftAlone : ByHand(written.Plans) ?? LeftAlone) : DnsProgress.Ready;
    }

    /// <summary>Null: they are everywhere, or wherever anything is told.</summary>
    private async Task<DnsProgress?> LookAsync(Func<IReadOnlyList<DnsPlan>, Task<DnsLooked>> begin, IReadOnlyList<DnsPlan> plans, DnsSettings settings, DateTimeOffset now)
    {
        var patience = settings.PatienceWith(plans.Any(plan => plan.IsByHand));
        if (_deadline is null || _deadline > now + patience) _deadline = now + patience;
        if (_looking is null)
        {
            if (_nextLook is { } next && Waits.Last(next, LongestPause, now)) return new DnsProgress.Waiting(next, Reason(plans));
            _looking = begin(plans);
        }

        if (!_looking.IsCompleted) return new DnsProgress.Working(_looking, Reason(plans));

        var looking = _looking;
        _looking = null;
        var looked = await looking.ConfigureAwait(false);
        _missing = looked.Missing;
        if (_missing.Count == 0) return null;
        if (now >= _deadline)
        {
            var unseen = _missing.Where(name => !looked.Shown.Contains(name.Key)).ToDictionary(name => name.Key, name => $"not to be seen after {patience:c}: {name.Value}", StringComparer.Ordinal);
            if (unseen.Count > 0) return new DnsProgress.Failed(unseen);

            // One of a zone's servers that is gone for good must not keep the zone from certificates.
            PassedOver = $"not all servers of its zone told its DNS records: {Told()}";
            return null;
        }

        _nextLook = now + _pause < _deadline ? now + _pause : _deadline;
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        return new DnsProgress.Waiting(_nextLook.Value, Reason(plans));
    }

    /// <summary>A store that could not be written for a moment is tried again with the next step.</summary>
    private async Task<DnsWritten> WrittenAsync(Task<DnsWritten> writing)
    {
        try
        {
            return await writing.ConfigureAwait(false);
        }
        catch
        {
            _writing = null;
            throw;
        }
    }

    private string Reason(IReadOnlyList<DnsPlan> plans)
    {
        var byHand = ByHand([.. plans.Where(plan => _missing.Count == 0 || _missing.ContainsKey(plan.Name.Value))]);
        if (_missing.Count == 0) return byHand ?? "its DNS records are looked for";

        var missing = $"not to be seen everywhere yet: {Told()}";
        return byHand is null ? $"its DNS records are {missing}" : $"{byHand}; {missing}";
    }

    private string Told() => string.Join("; ", _missing.Values.Distinct(StringComparer.Ordinal).Take(2));

    /// <summary>What a person is to set; null: nothing.</summary>
    private static string? ByHand(IReadOnlyList<DnsPlan> plans)
    {
        var lines = plans.Where(plan => plan.IsByHand).Select(plan => plan.Line).Distinct(StringComparer.Ordinal).ToList();
        return lines.Count == 0 ? null : $"to be set by hand, beside what is there: {string.Join("; ", lines.Take(MostTold))}{(lines.Count > MostTold ? $"; and {lines.Count - MostTold} more" : "")}";
    }
}
