using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Simulation;

/// <summary>
/// Planner, schedule, ledger, circuit and turns as they are, against a model of a CA, in a time that passes as fast as it can be computed. There are two clocks: the true one, by which certificates end and the CA
/// counts, and this side's, which may be wrong.
/// </summary>
internal sealed class LifecycleSimulation : ILabelWaker
{
    private static readonly RenewalPolicy Policy = new(2 / 3.0, 0.5);
    private static readonly TimeSpan OrderTime = TimeSpan.FromSeconds(20);

    private readonly PriorityQueue<string, (DateTimeOffset At, long Ticket)> _queue = new();
    private readonly Dictionary<string, (DateTimeOffset At, long Ticket)> _due = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimulatedName> _names;
    private readonly SimulatedCa _ca;
    private readonly Provider _provider;
    private readonly AccountName _account;
    private readonly LimitLines _lines;
    private LedgerState _ledger;
    private DateTimeOffset _now;
    private TimeSpan _clockError;
    private long _ticket;
    private int _serial;

    public LifecycleSimulation(IEnumerable<SimulatedName> names, SimulatedCa ca, ProviderLimits limits, DateTimeOffset start)
    {
        (_ca, _now, Start) = (ca, start, start);
        _provider = Provider with { Limits = limits };
        _account = AccountName.Of(_provider, "ops@example.test");
        _lines = new LimitLines(this);
        _ledger = LedgerState.Empty with { Since = start };
        _names = names.ToDictionary(name => name.Label);
        foreach (var name in _names.Values) Wake(name.Label);
    }

    public static Provider Provider { get; } = new TestSettings().Provider;

    public DateTimeOffset Start { get; }

    /// <summary>When this side's clock is set, and how far from the true one it is then.</summary>
    public List<(DateTimeOffset At, TimeSpan Error)> ClockSteps { get; } = [];

    public SimulationResult Result { get; } = new();

    public void Wake(string label) => Set(label, _now);

    public void WakeBy(string label, DateTimeOffset time) => Set(label, time - _clockError);

    public void RunUntil(DateTimeOffset end)
    {
        while (_queue.TryDequeue(out var label, out var due))
        {
            if (!_due.TryGetValue(label, out var live) || live != due) continue;

            if (due.At >= end) break;
            while (ClockSteps is [var step, ..] && step.At <= due.At)
            {
                ClockSteps.RemoveAt(0);
                (_now, _clockError) = (step.At, step.Error);

                // As the queue does when the clock goes back, and a timer finds within a minute when it goes ahead.
                foreach (var other in _due.Keys.ToList()) Set(other, _now);
            }

            if (!_due.TryGetValue(label, out live) || live != due) continue;

            _due.Remove(label);
            if (due.At > _now) _now = due.At;
            Look(_names[label]);
        }

        foreach (var name in _names.Values) NoteEnd(name, end);
    }

    private DateTimeOffset Clock => _now + _clockError;

    private void Set(string label, DateTimeOffset at)
    {
        if (_due.TryGetValue(label, out var known) && known.At <= at) return;

        _due[label] = (at, ++_ticket);
        _queue.Enqueue(label, _due[label]);
    }

    private void Look(SimulatedName name)
    {
        Result.Looks++;
        var clock = Clock;
        var candidate = new Candidate(_provider, _account) { Ledger = _ledger, Behind = _lines.BehindAt(_provider.Ca, name.Label, RenewalTime.RankOf(name.Certificate, clock)) };
        var situation = new Situation(name.Label, name.Wish, Policy with { Ari = name.HasRenewalInfo }) { Certificate = name.Certificate, Schedule = name.Schedule, Candidates = [candidate] };
        var decision = Planner.Decide(situation, clock);
        if (decision is Decision.Wait { Obstacle.Line: { } line }) _lines.Stand(new LimitLine(_provider.Ca, line), name.Label, RenewalTime.RankOf(name.Certificate, clock));
        else _lines.Leave(name.Label);

        switch (decision)
        {
            case Decision.Serve { IsAsking: true }:
                Ask(name, clock);
                Wake(name.Label);
                break;

            case Decision.Issue issue:
                Order(name, issue, clock);
                break;

            default:
                if (decision.LookAt is { } at) WakeBy(name.Label, at > clock ? at : clock.AddSeconds(1));
                break;
        }
    }

    private void Ask(SimulatedName name, DateTimeOffset clock)
    {
        var served = name.Certificate!;
        var known = RenewalHints.Of(served, name.Schedule);
        var hint = _ca.RenewalInfo(served.NotBefore, served.NotAfter, _now) is { } info ? RenewalHints.After(served, known, info, clock) : RenewalHints.AfterFailure(served, known, mayPass: true, null, clock);
        name.Schedule = name.Schedule with { Renewal = hint };
    }

    private void Order(SimulatedName name, Decision.Issue issue, DateTimeOffset clock)
    {
        var kind = issue.Replaces is not null ? OrderKind.Replacing : issue.IsRenewal ? OrderKind.SameSet : OrderKind.New;
        var of = new OrderClass(kind, RenewalTime.IsPressing(name.Certificate, clock));
        var order = new EndedOrder($"{++_serial}", [name.Label]) { Account = _account, LeadingChallenge = issue.Challenges[0], EarlyRenewals = issue.EarlyRenewals };
        var print = WishPrint.Of(name.Wish, _provider);
        var certificate = LedgerCosts.Certificate(_provider.Limits, issue.Identifiers, kind);
        var failure = LedgerCosts.Failure(_provider.Limits, _account, name.Label);
        _ledger = _ledger.Debit(LedgerCosts.Order(_provider.Limits, _account, of, _ledger.IsFresh(clock)), clock).Reserve("certificate", certificate, clock).Reserve("failure", failure, clock);
        var answer = _ca.Order(name, kind, _now);
        _ledger = _ledger.Settle("certificate", spent: answer is SimulatedAnswer.Issued, clock).Settle("failure", spent: answer is SimulatedAnswer.NotValidated, clock);
        if (_serial % 1024 == 0) _ledger = _ledger.Pruned(_provider.Limits, clock);
        Result.Count(_now - Start);

        name.Schedule = ScheduleChanges.For(name.Schedule, print);
        if (answer is SimulatedAnswer.NoAnswer)
        {
            name.Faults++;
            var urgent = !Backoff.IsUsable(name.Certificate, clock);
            _ledger = _ledger with { Circuit = CircuitState.AfterFault(_ledger.Circuit, "no answer", null, Backoff.CapOf(name.Certificate, clock), urgent, clock) };
            WakeBy(name.Label, clock + Backoff.AfterFaults(name.Faults, name.Label, name.Certificate, null, clock));
            return;
        }

        (name.Faults, _ledger) = (0, _ledger with { Circuit = null });
        if (answer is SimulatedAnswer.Issued) Issued(name, order, issue);
        else name.Schedule = ScheduleChanges.AfterFailure(name.Schedule, name.Wish, order, new OrderFailure(answer is SimulatedAnswer.Refused ? OrderFailureKind.Rejected : OrderFailureKind.Validation, "by chance"), name.Certificate, clock);
        WakeBy(name.Label, clock + OrderTime);
    }

    private void Issued(SimulatedName name, EndedOrder order, Decision.Issue issue)
    {
        var at = _now + OrderTime;
        NoteEnd(name, at);
        if (name.Certificate is { } former && issue.Because.Kind is IssueReasonKind.RenewalDue && former.NotAfter > at) Result.Margin(name.Label, name.Lifetime, (former.NotAfter - at) / former.Lifetime, at - Start, isHeldUp: at >= _ca.Outage?.From && at < _ca.Outage?.To.AddDays(1));

        name.Certificate = SimulatedName.CertificateOf(name.Label, $"{at:yyyyMMddHHmmss}-{_serial:x8}", name.Lifetime, at);
        Result.Issued.Add(name.Label);
        name.Schedule = ScheduleChanges.AfterIssue(name.Schedule, name.Wish, order, name.Certificate, Policy with { Ari = name.HasRenewalInfo }, at + _clockError);
    }

    /// <summary>Whether its certificate ended before the moment.</summary>
    private void NoteEnd(SimulatedName name, DateTimeOffset at)
    {
        if (name.Certificate is not { } certificate || certificate.NotAfter > at) return;

        // In an outage nobody can help it; after it the next one must be there within the hour.
        if (_ca.IsDown(certificate.NotAfter) && at < _ca.Outage!.Value.To.AddHours(1)) Result.ExpiredInOutage++;
        else Result.Expired.Add($"{name.Label} ({name.Lifetime.TotalDays:0.##} days) ended {certificate.NotAfter:u}, and had the next one {at:u}");
    }
}
