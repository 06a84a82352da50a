using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle;

/// <summary>Gathers what a decision about a label is made from. No CA is asked.</summary>
internal sealed class SituationReader(IAcmeSettings settings, WorkerGate gate, Labels labels, Ledgers ledgers, AccountKeeper accounts, AccountTraffic traffic, LimitLines lines, TimeProvider time)
{
    /// <param name="session">Of the work on the label; null where nothing can be written.</param>
    public async Task<Situation> ReadAsync(LabelEntry entry, StateSession? session, CancellationToken cancellationToken)
    {
        var (current, wish) = (settings.Current, labels.WishOf(entry.Label));
        var candidates = new List<Candidate>();
        Candidate? rehearsal = null;
        if (wish is not null)
        {
            foreach (var provider in wish.Providers.Select(current.Providers.GetValueOrDefault).OfType<Provider>()) candidates.Add(await CandidateAsync(session, entry, provider, wish.Email, cancellationToken).ConfigureAwait(false));
            if (entry.Schedule.WantsRehearsal(wish) && candidates is [{ Provider.Staging: { } staging }, ..] && current.Providers.TryGetValue(staging, out var tried))
            {
                rehearsal = await CandidateAsync(session, entry, tried, wish.Email, cancellationToken).ConfigureAwait(false);
            }
        }

        OpenOrder? order = null;
        if (entry.Run is { } run)
        {
            var at = run.Order.Among(current.Providers);
            order = run.View(at is null ? null : await CandidateAsync(session, entry, at, run.Order.Email, cancellationToken, hasOrdered: run.Order.AccountUrl is not null).ConfigureAwait(false));
        }

        var orders = wish is null || entry.TakesNothingOver || candidates.Count == 0 ? [] : labels.OrdersLeft(wish, candidates[0].Provider);
        return new Situation(entry.Label, wish, current.Renewal)
        {
            Certificate = entry.Certificate,
            Schedule = entry.Schedule,
            Order = order,
            Revocation = entry.Revocation,
            Damage = entry.Damage,
            Gate = gate.ClosedFor(entry),
            Candidates = candidates,
            Rehearsal = rehearsal,
            LeftBehind = wish is null || entry.TakesNothingOver
                ? []
                : [.. (await LeftBehindAsync(wish, session, cancellationToken).ConfigureAwait(false)).Concat(orders.Select(left => left.Facts)).Where(facts => facts is { Certificate: { } left, Revocation: null } && !entry.HasTakenOver(left))],
            Heirs = entry.Run is { } left && !candidates.Any(candidate => left.Order.Purpose.IsFor(wish!, candidate.Provider)) ? labels.HeirsOf(left.Order, current.Providers) : [],
            Awaited = orders.Where(left => left.Facts.OrderedFor is not null).Select(left => Heritage.Awaiting(left.Label, left.Facts, time.GetUtcNow())).FirstOrDefault(),
            Keep = labels.AreWishesWhole ? current.Keep : null,
            IsForced = entry.IsForced,
            IsRenewalAsked = entry.IsRenewalAsked,
        };
    }

    /// <summary>With their schedules, which nobody may have read: they say when such a certificate is due, and which names it was issued without.</summary>
    private async Task<List<LabelFacts>> LeftBehindAsync(Wish wish, StateSession? session, CancellationToken cancellationToken)
    {
        if (session is null) return [];

        var left = new List<LabelFacts>();
        foreach (var facts in labels.LeftBehind(() => wish.Required.Concat(wish.Optional).Select(name => name.Value).Distinct())
            .Concat(wish.Optional.Count > 0 ? labels.LeftBehind(() => wish.Required.Select(name => name.Value)) : []))
        {
            left.Add(facts with { Schedule = await ScheduleRecord.ReadAsync(session, facts.Certificate!.Label, cancellationToken).ConfigureAwait(false) ?? facts.Schedule });
        }

        return left;
    }

    /// <summary>What cannot be known of a CA stands in the way of its orders, and of nothing else: a name that needs none is served all the same.</summary>
    /// <param name="hasOrdered">It is for an order that an account has made: none is to be opened.</param>
    private async Task<Candidate> CandidateAsync(StateSession? session, LabelEntry entry, Provider provider, string? email, CancellationToken cancellationToken, bool hasOrdered = false)
    {
        var candidate = new Candidate(provider, AccountName.Of(provider, email));
        if (session is null) return candidate;

        try
        {
            var ledger = await ledgers.GetAsync(session, provider, cancellationToken).ConfigureAwait(false);
            var closing = traffic.ClosingOf(candidate.Account);
            return candidate with
            {
                Ledger = ledger.Look(provider.Limits),
                Probe = ledger.Circuit.Probe,
                Behind = lines.BehindAt(provider.Ca, entry.Label, RenewalTime.RankOf(entry.Certificate, time.GetUtcNow())),
                Unusable = await accounts.ObstacleAsync(session, provider, email, Backoff.CapOf(entry.Certificate, time.GetUtcNow()), cancellationToken).ConfigureAwait(false) ?? (hasOrdered ? null : await BindingAsync(session, provider, email, cancellationToken).ConfigureAwait(false)),
                AccountClosing = closing?.Reason,
                IsAccountClosed = closing?.IsClosed is true,
            };
        }
        catch (Exception unknown) when (unknown is DamagedRecordException or HeldException or StoreUnavailableException or StoreConflictException)
        {
            return candidate with { Unusable = ExceptionObstacles.Of(unknown, time.GetUtcNow()) };
        }
    }

    /// <summary>A CA that is known to want an external account (RFC 8555 section 7.3.4) is not asked without one: where the wished one fails, that is no moment to find it out. A key opens its account without one.</summary>
    private async Task<Obstacle?> BindingAsync(StateSession session, Provider provider, string? email, CancellationToken cancellationToken)
    {
        if (!provider.NeedsExternalAccount || provider.EabKeyId is not null) return null;
        if (await accounts.MayBeOpenedAsync(session, provider, email, cancellationToken).ConfigureAwait(false)) return null;

        return new Obstacle(ObstacleKind.SettingUnusable, $"{provider.Name} wants an external account: set {provider.Setting("EabKeyId and EabHmacKey")} to what it gave you");
    }
}
