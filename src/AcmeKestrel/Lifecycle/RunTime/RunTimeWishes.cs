using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Lifecycle.RunTime;

/// <summary>The wishes that were made at run time: kept as records, read when they are first asked for and for each session of the state, and from then on known; one that comes or goes costs one.</summary>
internal sealed class RunTimeWishes(IAcmeStore store) : IIncrementalDesiredCertificateSource, IDisposable
{
    /// <summary>Whoever is further behind is told everything.</summary>
    private const int Remembered = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DesiredCertificates> _wishes = new(StringComparer.Ordinal);
    private readonly Queue<(long Change, string Label)> _changes = new();
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly KeyedGates _writing = new();
    private CancellationTokenSource _changed = new();
    private long _change;
    private long _forgotten;

    /// <summary>How often somebody else may have written, and up to which of these times they were read.</summary>
    private long _epoch = 1;
    private long _readEpoch;

    public AcmeWishSource Source => AcmeWishSource.Api;

    private bool IsRead => Volatile.Read(ref _readEpoch) == Volatile.Read(ref _epoch);

    public async ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken)
    {
        await RequireReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate) return new DesiredCertificates([.. _wishes.Values.SelectMany(said => said.Certificates)]) { Problems = [.. _wishes.Values.SelectMany(said => said.Problems)] };
    }

    public async ValueTask<DesiredChanges> ListChangesAsync(string? since, CancellationToken cancellationToken)
    {
        await RequireReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            var position = _change.ToString(CultureInfo.InvariantCulture);
            if (!long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var known) || known < _forgotten || known > _change)
            {
                return new DesiredChanges(new Dictionary<string, DesiredCertificates>(_wishes, StringComparer.Ordinal), position) { IsWhole = true };
            }

            var labels = _changes.Where(change => change.Change > known).Select(change => change.Label).Distinct(StringComparer.Ordinal);
            return new DesiredChanges(labels.ToDictionary(label => label, label => _wishes.GetValueOrDefault(label, DesiredCertificates.Empty), StringComparer.Ordinal), position);
        }
    }

    public IChangeToken GetChangeToken()
    {
        lock (_gate) return new CancellationChangeToken(_changed.Token);
    }

    /// <summary>On disk when it returns. False: it was wished just so already.</summary>
    public async Task<bool> PutAsync(StateSession session, string label, AcmeCertificateRequest request, CancellationToken cancellationToken)
    {
        // The record and what is known of it change as one: of two that come together the same one counts in both.
        using var turn = await _writing.EnterAsync(RunTimeWishRecord.Key(label), cancellationToken).ConfigureAwait(false);
        await RequireReadAsync(cancellationToken).ConfigureAwait(false);
        var said = new DesiredCertificates([RunTimeWishRecord.Word(label, request)]);
        lock (_gate)
        {
            if (_wishes.TryGetValue(label, out var known) && known.Certificates is [var only] && only.IsSameAs(said.Certificates[0])) return false;
        }

        await session.WriteAsync(RunTimeWishRecord.Key(label), RunTimeWishRecord.Write(request), cancellationToken).ConfigureAwait(false);
        Say(label, said);
        return true;
    }

    /// <summary>False: there was none.</summary>
    public async Task<bool> RemoveAsync(StateSession session, string label, CancellationToken cancellationToken)
    {
        using var turn = await _writing.EnterAsync(RunTimeWishRecord.Key(label), cancellationToken).ConfigureAwait(false);
        await RequireReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (!_wishes.ContainsKey(label)) return false;
        }

        await session.DeleteAsync(RunTimeWishRecord.Key(label), cancellationToken).ConfigureAwait(false);
        Say(label, DesiredCertificates.Empty);
        return true;
    }

    /// <summary>Another process may have written: they are read anew when they are asked for.</summary>
    public void LookAgain()
    {
        Interlocked.Increment(ref _epoch);
        Tell();
    }

    public void Dispose()
    {
        _reading.Dispose();
        _changed.Dispose();
    }

    private async Task RequireReadAsync(CancellationToken cancellationToken)
    {
        if (IsRead) return;

        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (IsRead) return;

            // Known only now: whoever comes meanwhile waits for what is stored, and not for what nobody has read yet.
            var epoch = Volatile.Read(ref _epoch);
            await ReadAsync(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _readEpoch, epoch);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>What comes or goes while they are read may be in what was read or not: they are read once more.</summary>
    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            long before;
            lock (_gate) before = _change;
            var stored = new Dictionary<string, DesiredCertificates>(StringComparer.Ordinal);
            await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Wish), cancellationToken).ConfigureAwait(false)) stored[record.Key.Name] = Read(record);

            lock (_gate)
            {
                if (_change != before) continue;

                foreach (var label in _wishes.Keys.Where(label => !stored.ContainsKey(label)).ToList()) Remember(label, DesiredCertificates.Empty);
                foreach (var (label, said) in stored) Remember(label, said);
                return;
            }
        }
    }

    /// <summary>One that cannot be used is a problem, and in nobody's way; what it said before, it says no more.</summary>
    private static DesiredCertificates Read(StoreRecord record)
    {
        try
        {
            return new DesiredCertificates([RunTimeWishRecord.Read(record)]);
        }
        catch (Exception unusable) when (unusable is DamagedRecordException or StoreUnavailableException)
        {
            return new DesiredCertificates([]) { Problems = [new DesiredProblem(RunTimeWishRecord.OriginOf(record.Key.Name), unusable.Message)] };
        }
    }

    private void Say(string label, DesiredCertificates said)
    {
        lock (_gate) Remember(label, said);
        Tell();
    }

    private void Remember(string label, DesiredCertificates said)
    {
        if (said.Certificates.Count + said.Problems.Count == 0) _wishes.Remove(label);
        else _wishes[label] = said;
        _changes.Enqueue((++_change, label));
        while (_changes.Count > Remembered) _forgotten = _changes.Dequeue().Change;
    }

    private void Tell()
    {
        CancellationTokenSource former;
        lock (_gate) (former, _changed) = (_changed, new CancellationTokenSource());
        former.Cancel();
        former.Dispose();
    }
}
