using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Lifecycle;

/// <summary>
/// All that this process knows of a label. It belongs to whoever is at work on the label, which is one at a time; a takeover of the state changes it while
/// nobody is. Others see <see cref="Facts"/> and leave requests.
/// </summary>
internal sealed class LabelEntry(string label)
{
    /// <summary>Made when somebody asks: of a hundred thousand labels nobody ever does.</summary>
    private ConcurrentQueue<LabelRequest>? _mail;
    private volatile LabelFacts _facts = new(null, Schedule.Empty);
    private Rare? _rare;
    private OrderRun? _run;
    private volatile bool _isGone;
    private volatile string? _suspect;
    private volatile Wish? _wish;

    public string Label { get; } = label;

    /// <summary>What is wished of it; null: nothing (any more). Set by whoever reads the wishes.</summary>
    public Wish? Wish
    {
        get => _wish;
        set => _wish = value;
    }

    /// <summary>What others may look at, at any time.</summary>
    public LabelFacts Facts => _facts;

    /// <summary>The newest generation.</summary>
    public CertificateFacts? Certificate
    {
        get => _facts.Certificate;
        set => _facts = _facts with { Certificate = value };
    }

    public Schedule Schedule
    {
        get => _facts.Schedule;
        set => _facts = _facts with { Schedule = value };
    }

    /// <summary>Certificates that are to be revoked, or that the CA has revoked, as it is on disk.</summary>
    public Revocation? Revocation
    {
        get => _facts.Revocation;
        set => _facts = _facts with { Revocation = value };
    }

    /// <summary>The order in flight.</summary>
    public OrderRun? Run
    {
        get => _run;
        set => (_run, _facts) = (value, _facts with { OrderedFor = value?.Order.Purpose });
    }

    /// <summary>What stood in the way when the label was looked at last.</summary>
    public Obstacle? Obstacle
    {
        set => _facts = _facts with { Obstacle = value };
    }

    /// <summary>Orders in a row that the CA did not know any more.</summary>
    public int Losses
    {
        get => _rare?.Losses ?? 0;
        set { if (_rare is not null || value > 0) Rares.Losses = value; }
    }

    /// <summary>Why nothing is done; said once, not at every look.</summary>
    public string? Told
    {
        get => _rare?.Told;
        set { if (_rare is not null || value is not null) Rares.Told = value; }
    }

    /// <summary>Why a stored record of the label cannot be used, or null.</summary>
    public RecordFault? Damage
    {
        get => _rare?.Damage;
        private set { if (_rare is not null || value is not null) Rares.Damage = value; }
    }

    /// <summary>The schedule is what the state says; it is read when the label is first planned for.</summary>
    public bool IsRead { get; private set; }

    /// <summary>Its certificate turned out to be another one than its record said, or none: the label is to be read anew.</summary>
    public bool IsSuspect => _suspect is { } generation && generation == Certificate?.Generation;

    /// <summary>Labels that wait for what this one's order brings.</summary>
    public IReadOnlyList<string> Heirs
    {
        private get => _rare?.Heirs ?? [];
        set { if (_rare is not null || value.Count > 0) Rares.Heirs = value; }
    }

    /// <summary>The certificate that another label left behind cannot be taken over: it is not tried again.</summary>
    public bool TakesNothingOver
    {
        get => _rare is { TakesNothingOver: true };
        set { if (_rare is not null || value) Rares.TakesNothingOver = value; }
    }

    /// <summary>Each only once: one that turns out to be another than was said would be taken over for ever.</summary>
    public bool HasTakenOver(CertificateFacts left) => _rare?.TakenOver?.Contains((left.Label, left.Generation)) is true;

    /// <summary>Somebody asked for an attempt, and it has not begun.</summary>
    public bool IsForced { get; private set; }

    /// <summary>Somebody asked for another certificate, and the attempt has not begun.</summary>
    public bool IsRenewalAsked { get; private set; }

    /// <summary>Somebody waits for an outcome.</summary>
    public bool IsAwaited => _rare?.Requests is { Count: > 0 };

    public LabelView View(Wish? wish) => new(Label, wish, Certificate, Schedule) { Revocation = Revocation, Step = Run?.Step };

    /// <summary>Takes over what was read from the state: another process may have moved it on.</summary>
    public void Adopt(LoadedLabel loaded)
    {
        _facts = new LabelFacts(loaded.Certificate, loaded.Schedule ?? Schedule.Empty) { OrderedFor = loaded.Run?.Order.Purpose, Revocation = loaded.Revocation };
        (_run, Damage, IsRead) = (loaded.Run, loaded.Damage, loaded.Schedule is not null);
    }

    /// <summary>The rest of what the state holds of the label.</summary>
    public void AdoptSchedule(LoadedLabel loaded)
    {
        Schedule = loaded.Schedule!;
        (Damage, IsRead) = (Damage ?? loaded.Damage, true);
    }

    public void TookOver(CertificateFacts left) => (Rares.TakenOver ??= []).Add((left.Label, left.Generation));

    /// <summary>Somebody used this generation and found it wrong.</summary>
    public void Suspect(string generation) => _suspect = generation;

    /// <summary>It was read anew; what is still wrong is said when it is used again.</summary>
    public void ClearSuspicion() => _suspect = null;

    /// <summary>Somebody wants an attempt; whoever is at work next takes it up.</summary>
    public void Post(LabelRequest request)
    {
        Mail().Enqueue(request);
        if (_isGone) AnswerMail();
    }

    /// <summary>The label is known no more: whoever still asks for it is told at once that there is nothing to wait for.</summary>
    public void Leave()
    {
        _isGone = true;
        AnswerRequests(null);
        AnswerMail();
    }

    /// <summary>To be told once; they say so again while they wait.</summary>
    public IReadOnlyList<string> TakeHeirs()
    {
        var heirs = Heirs;
        Heirs = [];
        return heirs;
    }

    /// <summary>Takes up what was asked for.</summary>
    public void TakeRequests()
    {
        while (Volatile.Read(ref _mail)?.TryDequeue(out var request) is true)
        {
            (Rares.Requests ??= []).Add(request);
            IsForced |= request.IsForced;
            IsRenewalAsked |= request.Renews;
            if (request.Revokes is { } revokes) (Rares.Revokes ??= []).Add(revokes);
            if (request.RollsBack is { } back) (Rares.RollsBack ??= []).Add(back);
            if (request.Imports is { } import) (Rares.Imports ??= []).Enqueue(import);
        }
    }

    /// <summary>Revocations that were asked for since this was called last.</summary>
    public IReadOnlyList<RevocationRequest> TakeRevocations()
    {
        var asked = _rare?.Revokes;
        if (asked is not null) Rares.Revokes = null;
        return asked ?? [];
    }

    /// <summary>Those who want the previous certificate back since this was called last: all of them get the same one. Null: nobody asks.</summary>
    public IReadOnlyList<RollBackRequest>? TakeRollBack()
    {
        var asked = _rare?.RollsBack;
        if (asked is not null) Rares.RollsBack = null;
        return asked;
    }

    /// <summary>Somebody wants a certificate from elsewhere to be the label's.</summary>
    public bool AwaitsImport => _rare?.Imports is { Count: > 0 };

    /// <summary>The first of those.</summary>
    public ImportRequest TakeImport() => Rares.Imports!.Dequeue();

    /// <summary>An attempt has begun, or an order that was in flight when it was asked for has ended: that was the attempt.</summary>
    public void SpendForce() => (IsForced, IsRenewalAsked) = (false, false);

    /// <summary>The schedule as those who asked want it; null: nobody wants another one, or it is so already.</summary>
    public Schedule? Rescheduled()
    {
        var wanted = Schedule;
        foreach (var request in _rare?.Requests ?? [])
        {
            // What is kept already may have been changed again by somebody who came later.
            if (!request.IsKept) wanted = request.Reschedule?.Invoke(wanted) ?? wanted;
        }

        return wanted == Schedule ? null : wanted;
    }

    /// <summary>The schedule is on disk as those who asked want it.</summary>
    public void KeptRequests()
    {
        foreach (var request in _rare?.Requests ?? []) request.IsKept = true;
    }

    /// <summary>Those have their outcome that want nothing but to have it kept.</summary>
    public void AnswerKept(LabelOutcome outcome)
    {
        if (_rare?.Requests is not { Count: > 0 } requests) return;

        foreach (var request in requests.Where(IsOver)) request.Answer(outcome);
        requests.RemoveAll(IsOver);

        static bool IsOver(LabelRequest request) => request is { EndsWhenKept: true, IsKept: true };
    }

    /// <summary>What was asked for has an outcome; where that is to wait for somebody else, the attempt is still to come.</summary>
    public void AnswerRequests(LabelOutcome? outcome)
    {
        foreach (var request in _rare?.Requests ?? []) request.Answer(outcome);
        _rare?.Requests?.Clear();
    }

    private void AnswerMail()
    {
        while (Volatile.Read(ref _mail)?.TryDequeue(out var request) is true) request.Answer(null);
    }

    private Rare Rares => _rare ??= new Rare();

    private ConcurrentQueue<LabelRequest> Mail() => Volatile.Read(ref _mail) ?? Interlocked.CompareExchange(ref _mail, new(), null) ?? _mail;

    /// <summary>What few labels ever have, in an object of its own.</summary>
    private sealed class Rare
    {
        public List<LabelRequest>? Requests { get; set; }

        public HashSet<(string Label, string Generation)>? TakenOver { get; set; }

        public List<RevocationRequest>? Revokes { get; set; }

        public List<RollBackRequest>? RollsBack { get; set; }

        public Queue<ImportRequest>? Imports { get; set; }

        public int Losses { get; set; }

        public string? Told { get; set; }

        public RecordFault? Damage { get; set; }

        public IReadOnlyList<string> Heirs { get; set; } = [];

        public bool TakesNothingOver { get; set; }
    }
}
