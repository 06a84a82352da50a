using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>An order in flight as this process knows it: the kept part, and what need not survive.</summary>
/// <param name="session">Under which it was begun or found: all its records are written with that.</param>
/// <param name="resumed">Found after a restart: nobody knows whether the request that was to follow its last record was sent.</param>
internal sealed class OrderRun(StateSession session, PendingOrder order, byte[] privateKey, bool resumed)
{
    public StateSession Session { get; } = session;

    private DateTimeOffset? _nextLook;
    private DateTimeOffset? _lookedAt;
    private DateTimeOffset? _pausedAt;
    private Task? _sooner;
    private string? _waitsFor;
    private bool _isForHuman;

    /// <summary>The label that is looked at when something that it waits for has come to its end; null: none.</summary>
    public string? WokenLabel => Order.IsTrial ? null : Order.Label;

    /// <summary>As it is on disk.</summary>
    public PendingOrder Order { get; private set; } = order;

    /// <summary>PKCS#8.</summary>
    public byte[] PrivateKey { get; private set; } = privateKey;

    public bool Resumed { get; } = resumed;

    /// <summary>Found with its challenges chosen: a process before this one may have told the CA of them.</summary>
    public bool MayHaveToldBefore { get; } = resumed && order.Progress is OrderProgress.Answering;

    /// <summary>The order as the CA showed it last, where that was in this process.</summary>
    public AcmeOrder? Seen { get; set; }

    /// <summary>The CA was asked for an order that a process before this one may have made.</summary>
    public bool LookedForOrder { get; set; }

    /// <summary>URLs of the pending authorizations of an order whose challenges are not chosen yet: given up with it.</summary>
    public IReadOnlyList<string> Unanswered { get; set; } = [];

    /// <summary>Looks from here before the CA was told.</summary>
    public int Preflights { get; set; }

    /// <summary>The answers are published.</summary>
    public bool Published { get; set; }

    /// <summary>Challenges by authorization URL: when the CA may have been told, or null where it surely was.</summary>
    public Dictionary<string, DateTimeOffset?> Told { get; } = new(StringComparer.Ordinal);

    /// <summary>Authorization URLs whose challenge was told a second time; there is no third.</summary>
    public HashSet<string> ToldAgain { get; } = new(StringComparer.Ordinal);

    /// <summary>The longest wait the CA asked for when it was told of the challenges.</summary>
    public TimeSpan? AskedWait { get; set; }

    /// <summary>The request to finalize went out.</summary>
    public bool FinalizeSent { get; set; }

    /// <summary>The next look at what it waits for; a change elsewhere does not make it sooner.</summary>
    public DateTimeOffset? NextLook => _sooner is { IsCompleted: true } ? null : _nextLook;

    /// <summary>The records in DNS that it needs; null: nobody has begun to write them in this process.</summary>
    public DnsPreparation? Preparation { get; set; }

    /// <summary>What was looked at in DNS before the order was made.</summary>
    public Task<DnsCheck>? DnsCheck { get; set; }

    /// <summary>Nothing that was looked at speaks against an order.</summary>
    public bool IsCleared { get; set; }

    /// <summary>What could not be looked at beforehand, and may be why the CA refuses.</summary>
    public string? Remark { get; set; }

    /// <summary>What was looked for in DNS of records that stand there for good.</summary>
    public Task<IReadOnlyDictionary<string, string>>? PermanentLook { get; set; }

    /// <summary>They stand as they should.</summary>
    public bool HasPermanent { get; set; }

    /// <summary>Looks that did not find them so.</summary>
    public int PermanentLooks { get; set; }

    /// <summary>Looks at the CA's answer since the order came into its present state.</summary>
    public int Looks { get; set; }

    /// <summary>Chains that came and were damaged.</summary>
    public int DamagedChains { get; set; }

    /// <summary>When waiting in the present state makes no sense any more.</summary>
    public DateTimeOffset? Deadline { get; set; }

    /// <summary>When waiting began.</summary>
    public DateTimeOffset? Since { get; set; }

    /// <summary>Since when the CA has been saying that there is no such order, or certificate; null: it says something else.</summary>
    public DateTimeOffset? GoneSince { get; private set; }

    /// <summary>Since when the CA has been refusing to show it, for whatever reason; null: it showed it when it was asked last.</summary>
    public DateTimeOffset? RefusedSince { get; private set; }

    /// <summary>Faults of the CA's side in a row; they are no name's fault, yet a name that always meets them asks less often.</summary>
    public int Faults { get; set; }

    /// <summary>The last fault of the CA's side: it may be why a validation never ended.</summary>
    public string? Trouble { get; set; }

    /// <summary>How far it has come, in a few words.</summary>
    public string Step
    {
        get
        {
            var said = string.Join("; ", new[] { _waitsFor ?? Order.Awaits, Remark }.OfType<string>());
            return said.Length == 0 ? OrderSteps.Of(Order) : $"{OrderSteps.Of(Order)} ({said})";
        }
    }

    /// <summary>Moves the order on; in memory only after it is on disk.</summary>
    public Task AdvanceAsync(OrderProgress progress, CancellationToken cancellationToken) => AdvanceAsync(Order with { Progress = progress }, cancellationToken);

    public async Task AdvanceAsync(PendingOrder order, CancellationToken cancellationToken)
    {
        await KeepAsync(order with { Awaits = null }, PrivateKey, cancellationToken).ConfigureAwait(false);
        WaitAnew();
    }

    /// <summary>It goes on when a human has done this.</summary>
    public Task AwaitAsync(string what, CancellationToken cancellationToken) => Order.Awaits == what ? Task.CompletedTask : KeepAsync(Order with { Awaits = what }, PrivateKey, cancellationToken);

    /// <summary>The CA asked to be left alone with this order until then.</summary>
    /// <param name="now">When it did.</param>
    public Task PostponeAsync(DateTimeOffset notBefore, DateTimeOffset now, CancellationToken cancellationToken) => KeepAsync(Order with { NotBefore = notBefore, AskedAt = now }, PrivateKey, cancellationToken);

    /// <summary>The CA has the order finalized, and takes its time. Since when is kept where that is longer than a moment: a restart does not begin it anew.</summary>
    public Task IssuesAsync(DateTimeOffset nextLook, DateTimeOffset now, CancellationToken cancellationToken) =>
        Order.FinalizedAt is null && Since is { } since && nextLook - since >= TimeSpan.FromMinutes(1) ? KeepAsync(Order with { FinalizedAt = since }, PrivateKey, cancellationToken) : Task.CompletedTask;

    /// <summary>What the CA asked for counts by the present clock, where it was noted by one that was ahead.</summary>
    public Task CorrectAsync(DateTimeOffset now, CancellationToken cancellationToken) => Waits.Anew(Order.NotBefore, Order.AskedAt, now) is { } until ? PostponeAsync(until, now, cancellationToken) : Task.CompletedTask;

    /// <summary>Another key for the same order, in the same write as its state.</summary>
    public async Task ChangeKeyAsync(OrderProgress progress, CancellationToken cancellationToken)
    {
        await KeepAsync(Order with { Progress = progress, ReusesKey = false }, CertificateKey.Create(Order.KeyType), cancellationToken).ConfigureAwait(false);
        WaitAnew();
    }

    /// <summary>What it waits for is looked at then, or when the task has come to its end.</summary>
    public void WaitFor(StepResult.WaitUntil wait, DateTimeOffset now) => (_nextLook, _lookedAt, _sooner, _waitsFor, _isForHuman) = (wait.Time, now, wait.Sooner, wait.For, wait.IsForHuman);

    /// <summary>Waiting for the CA begins now, whatever was waited before.</summary>
    public void WaitAnew()
    {
        (Looks, DamagedChains, Since, Deadline, _pausedAt, _waitsFor) = (0, 0, null, null, null, null);
        ShowedIt();
    }

    /// <summary>The CA refused a look at it.</summary>
    /// <param name="isGone">It says that there is no such thing.</param>
    public void RefusedIt(bool isGone, DateTimeOffset now) => (RefusedSince, GoneSince) = (RefusedSince ?? now, isGone ? GoneSince ?? now : null);

    /// <summary>The CA did not refuse a look at it.</summary>
    public void ShowedIt() => (RefusedSince, GoneSince) = (null, null);

    /// <summary>The CA is left alone, whichever name has met its trouble, and since when it has that nobody knows: what passes between the last step and the next one is no time that it had for this order.</summary>
    public void Pause(DateTimeOffset now) => _pausedAt ??= _lookedAt < now ? _lookedAt : now;

    /// <summary>The CA is asked again: the next look is now, whatever was set before.</summary>
    public void Resume(DateTimeOffset now)
    {
        if (_pausedAt is { } since && now > since)
        {
            var away = now - since;
            (Since, Deadline, RefusedSince, GoneSince) = (Since + away, Deadline + away, RefusedSince + away, GoneSince + away);
        }

        (_pausedAt, _nextLook, _lookedAt) = (null, null, now);
    }

    /// <summary>As planning sees it.</summary>
    /// <param name="at">The CA it was made at, where a provider is configured for it.</param>
    public OpenOrder View(Candidate? at) => new(Order.Id, Order.Purpose)
    {
        IsIntent = Order.Progress is OrderProgress.Intent,
        IsCommitted = Order.IsCommitted,
        IsRehearsal = Order.IsRehearsal,
        IsTrial = Order.IsTrial,
        Kind = Order.KindOf(Order.Replaces is not null),
        BegunAt = Order.Stamp,
        FinalizedAt = Order.FinalizedAt,
        ReusesKey = Order.ReusesKey,
        Generation = Order.Generation,
        NotBefore = Order.NotBefore,
        NextLook = NextLook,
        LookedAt = _lookedAt,
        WaitsFor = _waitsFor,
        NeedsHuman = _isForHuman,
        Awaits = Order.Awaits,
        At = at,
    };

    private async Task KeepAsync(PendingOrder order, byte[] privateKey, CancellationToken cancellationToken)
    {
        await OrderRecord.SaveAsync(Session, order, privateKey, cancellationToken).ConfigureAwait(false);
        (Order, PrivateKey) = (order, privateKey);
    }
}
