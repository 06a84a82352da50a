using System.Text.Json.Serialization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning.Renewals;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>
/// A label's renewal state: what was tried and what comes next. Kept as a record, so that backoff survives restarts. How it moves on: <see cref="ScheduleChanges"/>. A record of an earlier version lacks what came later, and
/// what it lacks is set to null, whatever an initializer says: lists are empty then by their getters. Of a hundred thousand labels each has one in memory, and mostly its lists are empty and its challenge is what its neighbours' is.
/// </summary>
internal sealed record Schedule
{
    /// <summary>A label has few CAs.</summary>
    private const int MostAskedWaits = 8;

    public static Schedule Empty { get; } = new();

    /// <summary>Which wish the failures belong to (<see cref="Planning.WishPrint"/>); a changed wish starts afresh.</summary>
    [JsonPropertyName("wish")]
    public string? WishPrint { get; init; }

    /// <summary>Rungs of the ladder taken in a row.</summary>
    public int Failures { get; init; }

    /// <summary>Orders whose validation failed in a row.</summary>
    public int Tries { get; init; }

    /// <summary>The challenge type that the last of them began with: the next one begins with the one that follows.</summary>
    public string? FailedChallenge { get; init; }

    /// <summary>Orders in a row that the CA refused, whatever their validation: another CA may not.</summary>
    public int Refusals { get; init; }

    /// <summary>Since the last failed validation the names were validated at the CA's staging directory, or that could not be tried.</summary>
    public bool IsRehearsed { get; init; }

    /// <summary>Nothing is ordered before.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    /// <summary>When the last attempt failed.</summary>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>Nothing is ordered until a human has acted; looked at again at <see cref="NextAttempt"/>.</summary>
    public bool NeedsHuman { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public string? Problem { get; init; }

    /// <summary>The names it failed for.</summary>
    public IReadOnlyList<string> FailingNames { get => field ?? []; init => field = Kept(value); }

    /// <summary>What the CA said of single names then; null: nothing.</summary>
    public IReadOnlyDictionary<string, string>? NameProblems { get; init; }

    /// <summary>Optional names dropped from the orders for the next certificate.</summary>
    public IReadOnlyList<string> Dropped { get => field ?? []; init => field = Kept(value); }

    /// <summary>Wished names that the present certificate was issued without.</summary>
    public IReadOnlyList<string> LeftOut { get => field ?? []; init => field = Kept(value); }

    /// <summary>The challenge type that last worked.</summary>
    public string? WorkedChallenge
    {
        get;
        init => field = value is null ? null : string.Intern(value);
    }

    /// <summary>Records that prove its names and have to stay in DNS, as lines of a zone file.</summary>
    public IReadOnlyList<string> PermanentRecords { get => field ?? []; init => field = Kept(value); }

    /// <summary>A profile that the CA refused at the last moment; not asked for until the next certificate is here.</summary>
    public string? DroppedProfile { get; init; }

    /// <summary>What the CA said of the present certificate's renewal.</summary>
    public RenewalHint? Renewal { get; init; }

    /// <summary>Certificates in a row that were renewed much earlier than by their age, because the CA asked for it: each makes the next wait longer.</summary>
    public int EarlyRenewals { get; init; }

    /// <summary>The last order whose end is counted here: one that is found again after a kill is not counted twice.</summary>
    public string? LastOrder { get; init; }

    /// <summary>Certificates of the label that were revoked, by the last part of their generations' names: they are not gone back to.</summary>
    public IReadOnlyList<string> Revoked { get => field ?? []; init => field = Kept(value); }

    /// <summary>What CAs asked of orders that have ended meanwhile: it binds the account, whatever is wished now.</summary>
    public IReadOnlyList<AskedWait> AskedWaits { get => field ?? []; init => field = Kept(value); }

    /// <summary>What only a human can mend at a CA: it is not asked before, and the others are.</summary>
    public IReadOnlyList<HumanWait> HumanWaits { get => field ?? []; init => field = Kept(value); }

    /// <summary>CAs that took too long: they are not asked before, and the others are. An earlier version kept one among <see cref="HumanWaits"/>, where it lasts as long.</summary>
    public IReadOnlyList<SlowCa> SlowCas { get => field ?? []; init => field = Kept(value); }

    /// <summary>A hook did not want the next order when it was asked.</summary>
    public HookVeto? Veto { get; init; }

    /// <summary>It tells of what went wrong with a wish, be it this one or a former one.</summary>
    [JsonIgnore]
    public bool HasFailures => FailedAt is not null || NextAttempt is not null || Problem is not null || Failures > 0 || Tries > 0 || Dropped.Count > 0 || DroppedProfile is not null || FailingNames.Count > 0 || HumanWaits.Count > 0 || SlowCas.Count > 0;

    /// <summary>With one wait more: one for each account, for the last few.</summary>
    public Schedule Asked(AskedWait wait, DateTimeOffset now) =>
        this with { AskedWaits = [.. AskedWaits.Where(other => other.Until > now && !other.IsOfTheSame(wait)).TakeLast(MostAskedWaits - 1), wait] };

    /// <summary>As it counts by the present clock, where what CAs asked for was noted by one that was ahead.</summary>
    public Schedule Corrected(DateTimeOffset now) => AskedWaits.Any(wait => wait.Anew(now) is not null) ? this with { AskedWaits = [.. AskedWaits.Select(wait => wait.Anew(now) ?? wait)] } : this;

    /// <summary>With one wait for a human more, in the place of the CA's last one.</summary>
    public Schedule Referred(HumanWait wait, DateTimeOffset now) =>
        this with { HumanWaits = [.. HumanWaits.Where(other => other.Until > now && other.DirectoryUrl != wait.DirectoryUrl).TakeLast(MostAskedWaits - 1), wait] };

    /// <summary>Without those waits for a human after which somebody has asked for an attempt.</summary>
    /// <param name="askedAt">When; null: nobody has.</param>
    public Schedule WithoutReferrals(DateTimeOffset? askedAt) => HumanWaits.Any(wait => askedAt > wait.Since) ? this with { HumanWaits = [.. HumanWaits.Where(wait => !(askedAt > wait.Since))] } : this;

    /// <summary>With one CA more that took too long.</summary>
    public Schedule Passing(SlowCa slow, DateTimeOffset now) =>
        this with { SlowCas = [.. SlowCas.Where(other => other.Until > now && other.DirectoryUrl != slow.DirectoryUrl).TakeLast(MostAskedWaits - 1), slow] };

    /// <summary>Without those CAs that were too slow before somebody has asked for an attempt.</summary>
    /// <param name="askedAt">When; null: nobody has.</param>
    public Schedule WithoutSlowCas(DateTimeOffset? askedAt) => SlowCas.Any(slow => askedAt > slow.Since) ? this with { SlowCas = [.. SlowCas.Where(slow => !(askedAt > slow.Since))] } : this;

    /// <summary>Every challenge type failed: before the next order that counts, one is to be tried where failures cost nothing.</summary>
    public bool WantsRehearsal(Wish wish) => !IsRehearsed && Tries >= wish.Challenges.Count;

    /// <summary>Nothing is ordered for the label until it is released, whatever is wished of it.</summary>
    public Hold? Hold { get; init; }

    private static IReadOnlyList<T>? Kept<T>(IReadOnlyList<T>? list) => list is { Count: > 0 } ? list : null;
}

/// <summary>Somebody put a label on hold.</summary>
internal sealed record Hold([property: JsonRequired] DateTimeOffset Since, string? Reason);

/// <summary>A CA wants something that only a human can do.</summary>
internal sealed record HumanWait([property: JsonRequired] string DirectoryUrl, DateTimeOffset Since, DateTimeOffset Until, [property: JsonRequired] string Reason);

/// <summary>A CA was left since it took too long over an order: it is not asked for the label before, and another one is. Nobody has to do anything for it.</summary>
/// <param name="OrderedAt">When that order was decided.</param>
/// <param name="Since">When it was left.</param>
internal sealed record SlowCa([property: JsonRequired] string DirectoryUrl, DateTimeOffset OrderedAt, DateTimeOffset Since, DateTimeOffset Until);

/// <summary>A CA's <c>Retry-After</c> of a rate limit that outlives its order.</summary>
internal sealed record AskedWait([property: JsonRequired] string DirectoryUrl, string? Email, DateTimeOffset Until)
{
    /// <summary>When it was asked for; null in records of an earlier version.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>As it counts by the present clock, where it was noted by one that was ahead; null: it was not.</summary>
    public AskedWait? Anew(DateTimeOffset now) => Waits.Anew(Until, AskedAt, now) is { } until ? this with { Until = until, AskedAt = now } : null;

    public bool IsOfTheSame(AskedWait other) => Binds(new AccountName(new CaKey(other.DirectoryUrl), other.Email));

    public bool Binds(AccountName account) => new AccountName(new CaKey(DirectoryUrl), Email) == account;
}
