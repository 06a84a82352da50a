namespace AcmeKestrel.LocalCa.Rules;

/// <summary>An account's proof, or its attempt, for one identifier (RFC 8555 section 7.1.4).</summary>
internal sealed record Authorization(string Id, string AccountId, Identifier Identifier, Status Status, DateTimeOffset Expires, IReadOnlyList<Challenge> Challenges)
{
    /// <summary>It proves the names directly below its identifier, and only a record in DNS can.</summary>
    public bool Wildcard { get; init; }

    /// <summary>What it is by now: time alone ends a pending or a valid one.</summary>
    public Authorization At(DateTimeOffset now) => Status is Status.Pending or Status.Valid && Expires <= now ? this with { Status = Status.Expired } : this;

    /// <summary>The client says its answer is in place. A challenge starts once: Let's Encrypt offers no second try either.</summary>
    public Authorization Begin(string challengeId)
    {
        var challenge = Challenges.Single(c => c.Id == challengeId);
        if (Status != Status.Pending) throw new RefusalException(Problem.Malformed($"The authorization is {Status.ToString().ToLowerInvariant()}."));
        if (challenge.Status != Status.Pending)
            throw new RefusalException(Problem.Malformed($"Cannot update a challenge with status {challenge.Status.ToString().ToLowerInvariant()}."));

        return With(challenge with { Status = Status.Processing });
    }

    /// <summary>The probe's result. An authorization that ended meanwhile stays as it is.</summary>
    public Authorization Conclude(string challengeId, Problem? error, DateTimeOffset now, DateTimeOffset validUntil)
    {
        if (Status != Status.Pending) return this;

        var challenge = Challenges.Single(c => c.Id == challengeId);
        if (error is not null)
            return this with { Status = Status.Invalid, Challenges = [challenge with { Status = Status.Invalid, Error = error }] };

        // Section 7.1.4: once decided, only the challenge that was tried is shown.
        return this with { Status = Status.Valid, Expires = validUntil, Challenges = [challenge with { Status = Status.Valid, Validated = now }] };
    }

    /// <summary>RFC 8555 section 7.5.2.</summary>
    public Authorization Deactivate() => Status is Status.Pending or Status.Valid
        ? this with { Status = Status.Deactivated }
        : throw new RefusalException(Problem.Malformed("Only a pending or valid authorization can be deactivated."));

    private Authorization With(Challenge changed) => this with { Challenges = [.. Challenges.Select(c => c.Id == changed.Id ? changed : c)] };
}
