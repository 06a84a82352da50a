using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Zones;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>
/// Works on DNS for orders. Whoever is asked may take his time or never answer: it is done apart from the label's run, each call has a deadline, and the label is woken at the end.
/// </summary>
internal sealed class DnsDesk(DnsProviders providers, IAcmeSettings settings, ILabelWaker waker, DnsDebts debts, TimeProvider time, IDnsLookup? lookup = null)
{
    public static readonly TimeSpan LongestCall = ProviderCalls.Longest;

    /// <summary>Questions to some servers, asked at once.</summary>
    public static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(30);

    private const int LongestReason = 500;

    private readonly ProviderCalls _calls = new(providers, time);

    /// <summary>What is being written, by token: nothing is removed before that has ended.</summary>
    private readonly ConcurrentDictionary<string, Task> _writing = new(StringComparer.Ordinal);

    /// <summary>What they write yet would be left, so it is removed when they have come to their end.</summary>
    private readonly LateCalls _lateWriters = new();

    /// <summary>They would take away what is written meanwhile.</summary>
    private readonly LateCalls _lateRemovers = new();

    public DnsSettings Settings => settings.Current.Dns;

    /// <summary>Somebody can look whether a record is there.</summary>
    public bool CanLook => lookup is not null;

    /// <summary>What this machine sees of DNS counts, and can be seen.</summary>
    public bool CanLookForPermanent => lookup is not null && Settings.ChecksPropagation;

    /// <summary>CAA records can be looked at, and are to be.</summary>
    public bool LooksAhead => lookup is not null && settings.Current.Preflight;

    /// <summary>What speaks against an order. Nothing is written.</summary>
    /// <param name="woken">A label that is looked at when it has come to its end.</param>
    /// <param name="named">The DNS provider that the wish names.</param>
    /// <param name="byDns">Whose records would have to be written.</param>
    /// <param name="permanent">Records that have to stand already.</param>
    /// <param name="all">Whose CAA records count.</param>
    /// <param name="issuer">Null: those are not looked at.</param>
    public Task<DnsCheck> CheckAsync(string? woken, string? named, IReadOnlyList<DnsProof> byDns, IReadOnlyList<PersistRecord> permanent, IReadOnlyList<AcmeIdentifier> all, CaaIssuer? issuer, CancellationToken cancellationToken) => ApartAsync(
        woken,
        async () =>
        {
            var refusals = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
            var caa = issuer is null ? null : new CaaLook(lookup!, Settings, issuer);
            var unasked = await EachAsync(caa is null ? [] : all, name => name.Value, async name =>
            {
                if (await Bounded.AskAsync(token => caa!.WhyNotAsync(name, token), LongestLook, time, cancellationToken).ConfigureAwait(false) is { } refusal) refusals[name.Value] = PlainText.Of(refusal, LongestReason);
            }).ConfigureAwait(false);
            var patience = new ProviderPatience();
            var faults = await EachAsync(byDns, proof => proof.Name.Value, async proof =>
            {
                var plan = await PlanAsync(proof, named, cancellationToken).ConfigureAwait(false);
                await _calls.AskAsync(patience, plan.Provider, (provider, token) => provider.CheckAsync(plan.Record, token), cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
            return new DnsCheck(faults, refusals, unasked, await MissingAsync(permanent, cancellationToken).ConfigureAwait(false));
        });

    /// <summary>Which permanent records do not stand as they should, and why, by domain.</summary>
    public Task<IReadOnlyDictionary<string, string>> LookForPermanentAsync(string? woken, IReadOnlyList<PersistRecord> records, CancellationToken cancellationToken) =>
        ApartAsync(woken, () => MissingAsync(records, cancellationToken));

    private Task<IReadOnlyDictionary<string, string>> MissingAsync(IReadOnlyList<PersistRecord> records, CancellationToken cancellationToken) => EachAsync(records, record => record.Domain, async record =>
    {
        var look = new PersistLook(lookup!, Settings, time);
        if (await Bounded.AskAsync(token => look.WhyNotAsync(record, token), LongestLook, time, cancellationToken).ConfigureAwait(false) is { } reason) throw new DnsProviderException(reason);
    });

    /// <summary>Writes the records; each is on record here right before. What was still to be removed of an earlier order by the same challenge is this one's now.</summary>
    public Task<DnsWritten> WriteAsync(StateSession session, string label, string? woken, string? named, IReadOnlyList<DnsProof> proofs, CancellationToken cancellationToken)
    {
        // Before it returns, as the order may be given up from then on.
        var removals = proofs.Select(proof => debts.Withdraw(proof.Token)).ToList();
        var writing = ApartAsync(woken, () => WriteAllAsync(session, label, named, proofs, removals, cancellationToken));

        // Beside one that is at work on it yet: an order may be begun anew meanwhile.
        foreach (var proof in proofs) _writing.AddOrUpdate(proof.Token, writing, (_, earlier) => earlier.IsCompleted ? writing : Task.WhenAll(earlier, writing));
        return writing;
    }

    private async Task<DnsWritten> WriteAllAsync(StateSession session, string label, string? named, IReadOnlyList<DnsProof> proofs, List<Task> removals, CancellationToken cancellationToken)
    {
        var (plans, patience) = (new DnsPlan[proofs.Count], new ProviderPatience());
        var faults = await EachAsync(proofs.Index().ToList(), proof => proof.Item.Name.Value, async proof =>
        {
            await removals[proof.Index].WaitAsync(cancellationToken).ConfigureAwait(false);
            await EndLateRemovalAsync(proof.Item.Token, cancellationToken).ConfigureAwait(false);
            var plan = plans[proof.Index] = await PlanAsync(proof.Item, named, cancellationToken).ConfigureAwait(false);
            await _calls.AskAsync(patience, plan.Provider, AddAsync, cancellationToken, adding => _lateWriters.Add(proof.Item.Token, adding), KeepAsync).ConfigureAwait(false);

            // Not before its turn: whoever has the state by then removes what is on record, and what is written later would stay.
            async Task KeepAsync()
            {
                // An order that is gone on with may have been written elsewhere: the configuration has changed, or a CNAME record.
                var former = await DnsLeftoverRecord.FindAsync(session, proof.Item.Token, cancellationToken).ConfigureAwait(false);
                await DnsLeftoverRecord.SaveAsync(session, DnsLeftover.Of(label, plan).Beside(former), cancellationToken).ConfigureAwait(false);
            }

            Task AddAsync(IDnsProvider provider, CancellationToken token)
            {
                plans[proof.Index] = plan with { IsByHand = provider.IsByHand };
                return provider.AddAsync(plan.Record, token);
            }
        }).ConfigureAwait(false);
        return new DnsWritten([.. plans.Where(plan => plan is not null)], faults);
    }

    /// <summary>Which names' records are not to be seen everywhere, and where not.</summary>
    public Task<DnsLooked> LookAsync(string? woken, IReadOnlyList<DnsPlan> plans, CancellationToken cancellationToken) => ApartAsync(
        woken,
        async () =>
        {
            var shown = new ConcurrentBag<string>();
            return new DnsLooked(await EachAsync(plans, plan => plan.Name.Value, plan => LookAsync(plan, shown, cancellationToken)).ConfigureAwait(false), shown);
        });

    /// <param name="shown">Takes the name where no server that tells anything lacks its record.</param>
    private async Task LookAsync(DnsPlan plan, ConcurrentBag<string> shown, CancellationToken cancellationToken)
    {
        var absences = await Bounded.AskAsync(token => lookup!.FindAbsencesAsync(plan.Record.Name, plan.Record.Value, Settings.Resolvers, token), LongestLook, time, cancellationToken).ConfigureAwait(false);
        if (absences.Count == 0) return;

        if (absences.All(absence => absence.MayBePassedOver)) shown.Add(plan.Name.Value);
        throw new DnsProviderException($"{string.Join("; ", absences.OrderBy(absence => absence.MayBePassedOver).Take(3).Select(absence => $"{absence.Server} {absence.Reason}"))} (TXT {plan.Record.Name})");
    }

    /// <summary>Nobody is at work on this challenge's record any more when it returns; its order has ended.</summary>
    public async Task EndWritingAsync(string token, CancellationToken cancellationToken)
    {
        var writing = _writing.GetValueOrDefault(token);
        if (writing is not null) await writing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (writing is not null) _writing.TryRemove(new KeyValuePair<string, Task>(token, writing));
    }

    /// <summary>Who may write this challenge's record yet, though nobody waits for him any more; null: nobody.</summary>
    public Task? FindLateWriter(string token) => _lateWriters.Find(token);

    /// <summary>Who removes it after his deadline is waited for, and not for ever: he may never end.</summary>
    private async Task EndLateRemovalAsync(string token, CancellationToken cancellationToken)
    {
        if (_lateRemovers.Find(token) is { } late) await late.WaitAsync(LongestCall, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Removes a record, wherever it was written; gone, or never there, when it returns.</summary>
    /// <param name="withdrawn">It is needed again: what has not begun is not to begin.</param>
    /// <exception cref="DnsProviderException">It may still be there.</exception>
    public async Task RemoveAsync(DnsLeftover leftover, CancellationToken withdrawn, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(withdrawn, cancellationToken);
        await Task.WhenAll(leftover.All.Select(one => _calls.RemoveAsync(one.Provider, one.Record, removing => _lateRemovers.Add(leftover.Token, removing), waiting.Token, cancellationToken))).ConfigureAwait(false);
    }

    private async Task<DnsPlan> PlanAsync(DnsProof proof, string? named, CancellationToken cancellationToken)
    {
        var dns = Settings;
        var target = await TargetAsync(proof, dns, cancellationToken).ConfigureAwait(false);
        var provider = dns.ProviderOf(target, named) ?? dns.ProviderOf(proof.Name.BareName, named) ?? throw new DnsProviderException($"nobody writes records at {target}: set Acme:Dns:Default, or Acme:Dns:Zones for its zone");
        return new DnsPlan(proof.Name, provider, proof.At(target));
    }

    private async Task<string> TargetAsync(DnsProof proof, DnsSettings dns, CancellationToken cancellationToken)
    {
        var own = proof.RecordName;
        if (dns.Aliases.TryGetValue(proof.Name.BareName, out var alias)) return alias;
        if (lookup is null) return own;

        try
        {
            return await Bounded.AskAsync(token => lookup.FindTargetAsync(own, dns.Resolvers, token), LongestLook, time, cancellationToken).ConfigureAwait(false);
        }
        catch (DnsProviderException) when (!dns.ChecksPropagation)
        {
            // What this machine sees of DNS counts for nothing there.
            return own;
        }
    }

    /// <summary>All at once; what is thrown is the name's fault, in words.</summary>
    private static async Task<IReadOnlyDictionary<string, string>> EachAsync<T>(IReadOnlyList<T> items, Func<T, string> nameOf, Func<T, Task> work)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        await Task.WhenAll(items.Select(ApartAsync)).ConfigureAwait(false);
        return faults;

        async Task ApartAsync(T item)
        {
            try
            {
                await work(item).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Providers are code of others: whatever they throw is a reason, and no other name's.
            catch (Exception fault) when (fault is not (OperationCanceledException or StoreUnavailableException or StoreConflictException))
#pragma warning restore CA1031
            {
                lock (faults) faults[nameOf(item)] = PlainText.Of(fault is DnsProviderException or AcmeSecretException ? fault.Message : $"{fault.GetType().Name}: {fault.Message}", LongestReason);
            }
        }
    }

    /// <summary>Not in the label's run; the label is looked at when it has come to its end.</summary>
    private Task<T> ApartAsync<T>(string? woken, Func<Task<T>> work)
    {
        var done = Task.Run(work);
        if (woken is not null) _ = WakeAsync();
        return done;

        async Task WakeAsync()
        {
            await ((Task)done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            waker.Wake(woken);
        }
    }
}
