using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle;

/// <summary>Makes the state this process': what is stored is read and published, and from then on its records are written under the lease that was held at that moment.</summary>
internal sealed class StateTakeover(StateLease lease, LabelLoader loader, CertificateSearch search, Labels labels, SessionStart sessions, ICertificatePublisher publisher, Dispatcher dispatcher, TimeProvider time)
{
    /// <summary>The server does not wait longer for the state: a name that is asked for before it is known is looked for (<see cref="CertificateSearch"/>).</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(1750);

    /// <summary>So many are read in less than that, with an index or without. Where there are more nobody waits: a server that does not listen yet is worse than one that finds a name by its own record.</summary>
    private const int ReadWhileWaiting = 1000;

    /// <summary>A hundred thousand records without an index are read in less. A store that hangs is no question of time: names that are not known get what unknown names get then.</summary>
    private static readonly TimeSpan LongestListing = TimeSpan.FromMinutes(1);

    /// <summary>The first time, before the server listens. Returns when what is stored is served, or when that takes long or is known to; the reading goes on.</summary>
    /// <param name="stopping">Ends the reading.</param>
    /// <returns>The reading.</returns>
    public async Task<Task> BeginAsync(CancellationToken stopping, CancellationToken cancellationToken)
    {
        var shown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var loading = LoadAsync(() => shown.TrySetResult(), Know, stopping);
        try
        {
            await (await Task.WhenAny(shown.Task, loading).WaitAsync(LongestWait, time, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
        }

        return loading;

        void Know(IReadOnlyCollection<string> names)
        {
            search.Know(names);
            if (names.Count > ReadWhileWaiting) shown.TrySetResult();
        }
    }

    /// <summary>Reads it all; without the lease what is stored is served, and nothing else.</summary>
    public Task LoadAsync(CancellationToken cancellationToken) => LoadAsync(() => { }, search.Know, cancellationToken);

    /// <param name="shown">Called when all stored certificates are served.</param>
    /// <param name="named">As <see cref="StoreHeadQuery.Named"/>.</param>
    private async Task LoadAsync(Action shown, Action<IReadOnlyCollection<string>> named, CancellationToken cancellationToken)
    {
        try
        {
            sessions.Expect();
            search.BeginListing();
            await using var hanging = time.CreateTimer(_ => search.FailListing(), null, LongestListing, Timeout.InfiniteTimeSpan);

            // The heart beats on beside it: waiting and reading may take longer than a lease, which would be lost, and all of it begun again.
            await lease.KeepWhileAsync(token => ReadAsync(lease.Session, shown, named, token), cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Promise 3: whatever ails a store, the application starts and serves.
        catch (Exception unreadable) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            search.FailListing();

            // Without the lease it is tried again with the next one.
            await lease.GiveBackAsync(unreadable.Message).ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(StateSession? session, Action shown, Action<IReadOnlyCollection<string>> named, CancellationToken cancellationToken)
    {
        // Whoever still is at work comes to an end, and nobody begins before what another process did meanwhile is known.
        using var pause = await dispatcher.PauseAsync(cancellationToken).ConfigureAwait(false);

        // Before anything else is read: what ails the rest of the state keeps no certificate from being served (promise 3).
        var awaited = new List<LoadedLabel>();
        var certificates = await loader.LoadCertificatesAsync(Show, named, cancellationToken).ConfigureAwait(false);

        // Visitors are shown the one before: a store that falls silent now takes nothing from them.
        foreach (var loaded in awaited)
        {
            if (await loader.ReadAsync(loaded, cancellationToken).ConfigureAwait(false) is { } read) publisher.PublishStored(read);
        }

        search.EndLooking();
        shown();

        var state = await loader.LoadRestAsync(certificates, session, cancellationToken).ConfigureAwait(false);
        labels.Adopt(state);
        search.End();
        if (session is not null) await sessions.BeginAsync(session, state, label => labels.Find(label)?.Certificate, cancellationToken).ConfigureAwait(false);

        void Show(LoadedLabel loaded, CertificateFacts certificate)
        {
            if (publisher.IsToBeRead(certificate)) awaited.Add(loaded);
            else publisher.Publish(certificate);
        }
    }

    /// <summary>Looks again at a label with a damaged record, or whose certificate is not what was said of it; for whoever is at work on it.</summary>
    /// <param name="newest">Its newest generation, where that is known: no other one is looked for then.</param>
    public async Task ReloadAsync(LabelEntry entry, StateSession? session, CancellationToken cancellationToken, RecordKey? newest = null)
    {
        // An order in flight that nobody doubts goes on as it is; without the state it is another process' business.
        var kept = session is null ? null : entry.Run;
        var loaded = await loader.LoadAsync(entry.Label, newest, kept is null ? session : null, cancellationToken).ConfigureAwait(false);
        loaded.Run ??= kept;
        entry.ClearSuspicion();
        if (loaded.Read is { } read) publisher.PublishStored(read);
        else Publish(loaded);
        entry.Adopt(loaded);
        if (session is not null && loaded.Certificate is { } certificate) await sessions.FoundAsync(session, certificate, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads what a label's plan wants and no list told; for whoever is at work on it.</summary>
    public async Task ReadScheduleAsync(LabelEntry entry, CancellationToken cancellationToken) =>
        entry.AdoptSchedule(await loader.LoadScheduleAsync(entry.Label, cancellationToken).ConfigureAwait(false));

    private void Publish(LoadedLabel loaded)
    {
        if (loaded.Certificate is { } certificate) publisher.Publish(certificate);
    }
}
