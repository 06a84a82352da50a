using System.Collections.Concurrent;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Management.Requests;

/// <summary>The course of one request in the process that has the state: it is taken up and done, and its outcome is left where whoever asked looks for it.</summary>
internal sealed class RequestCourse(RequestActions actions, Labels labels, TimeProvider time, ILogger<RequestCourse> logger)
{
    /// <summary>An outcome that nobody fetches, or a request that nobody waits for any more, is no use to anybody.</summary>
    private static readonly TimeSpan Keep = TimeSpan.FromHours(1);

    /// <summary>A store that is full or away is tried again after a second, and then after twice as long each time, up to this.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>Of an outcome by a process that stops.</summary>
    private const int LastWrites = 5;

    /// <summary>What was done and is not written yet: whoever finds it taken up does not do it once more. What was refused may have been for want of the right to write, and is tried again.</summary>
    private readonly ConcurrentDictionary<RecordKey, RequestOutcome> _unwritten = [];

    /// <summary>A store that is away is waited for: nobody else looks at the request while this process has the state.</summary>
    /// <param name="session">Of this process.</param>
    /// <param name="key">The request's.</param>
    /// <param name="hasCome">Since this process looks: it is new, whatever clock whoever asked has.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DamagedRecordException">Its record cannot be used.</exception>
    /// <exception cref="StoreConflictException">The state is another process' by now.</exception>
    public async Task RunAsync(StateSession session, RecordKey key, bool hasCome, CancellationToken cancellationToken)
    {
        if (await BearAsync(key, () => TakeUpAsync(session, key, hasCome, cancellationToken), cancellationToken).ConfigureAwait(false) is not { } taken)
        {
            _unwritten.TryRemove(key, out _);
            return;
        }

        var (request, wasTakenUp) = taken;
        if (!_unwritten.TryGetValue(key, out var outcome))
        {
            outcome = await OutcomeAsync(request, wasTakenUp, cancellationToken).ConfigureAwait(false);
            if (outcome.Fault is null) _unwritten[key] = outcome;
        }

        await KeepOutcomeAsync(session, key, request with { Outcome = outcome }, cancellationToken).ConfigureAwait(false);
        _unwritten.TryRemove(key, out _);
    }

    /// <summary>Null: there is nothing to be done, or whoever asked has withdrawn it.</summary>
    private async Task<(StoredRequest Request, bool WasTakenUp)?> TakeUpAsync(StateSession session, RecordKey key, bool hasCome, CancellationToken cancellationToken)
    {
        if (await session.ReadAsync(key, cancellationToken).ConfigureAwait(false) is not { } record) return null;

        var request = RequestRecord.Read(record);
        try
        {
            // Only of one that was there before does nothing but the asker's clock tell how old it is.
            if ((request.Outcome?.At ?? request.Begun?.At ?? (hasCome ? null : request.At)) < time.GetUtcNow() - Keep)
            {
                await session.DeleteAsync(key, record.Version, cancellationToken).ConfigureAwait(false);
                return null;
            }

            if (request.Outcome is not null) return null;
            if (request.Begun is not null) return (request, true);

            request = request with { Begun = new RequestBeginning(time.GetUtcNow()) { Generation = GenerationOf(request) } };
            await session.WriteAsync(key, RequestRecord.Write(request), record.Version, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreConflictException)
        {
            return null;
        }

        logger.RequestBegun(request.Verb.ToString(), request.About ?? "everything", request.By);
        return (request, false);
    }

    /// <param name="wasTakenUp">By a process before this one, which may have done it and have been killed before it could say so: what is current tells.</param>
    private async Task<RequestOutcome> OutcomeAsync(StoredRequest request, bool wasTakenUp, CancellationToken cancellationToken)
    {
        try
        {
            var isDone = wasTakenUp && request.Verb is RequestVerb.Renew or RequestVerb.RollBack or RequestVerb.Revoke && GenerationOf(request) != request.Begun!.Generation;
            return isDone ? await actions.TellAsync(request, cancellationToken).ConfigureAwait(false) : await actions.DoAsync(request, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Promise 5: whoever asked is told, whatever it was.
        catch (Exception refused) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new RequestOutcome(time.GetUtcNow()) { Fault = new RequestFault(refused.Message, IsAccounts: refused is AcmeAccountException) };
        }
    }

    /// <summary>What was done must be said, also by a process that stops: whoever has the state next would do it once more.</summary>
    private async Task KeepOutcomeAsync(StateSession session, RecordKey key, StoredRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await BearAsync(key, WriteAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await WriteAtLastAsync().ConfigureAwait(false);
        }

        async Task<RecordVersion> WriteAsync() => await session.WriteAsync(key, RequestRecord.Write(request), CancellationToken.None).ConfigureAwait(false);

        async Task WriteAtLastAsync()
        {
            for (var left = LastWrites; ; left--)
            {
                try
                {
                    await WriteAsync().ConfigureAwait(false);
                    return;
                }
                catch (StoreUnavailableException) when (left > 1)
                {
                    await Task.Delay(FirstPause, time, CancellationToken.None).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task<T> BearAsync<T>(RecordKey key, Func<Task<T>> step, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await step().ConfigureAwait(false);
            }
            catch (StoreUnavailableException away)
            {
                if (pause == FirstPause) logger.RequestFailed(key.Name, away.Message);
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private string? GenerationOf(StoredRequest request) => request.Label is { } label ? labels.Find(label)?.Certificate?.Generation : null;
}
