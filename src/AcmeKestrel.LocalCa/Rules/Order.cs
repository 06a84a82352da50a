namespace AcmeKestrel.LocalCa.Rules;

/// <summary>RFC 8555 section 7.1.3.</summary>
internal sealed record Order(string Id, string AccountId, IReadOnlyList<Identifier> Identifiers, IReadOnlyList<string> Authorizations, DateTimeOffset Expires, Status Status)
{
    /// <summary>The name of its profile; null = none.</summary>
    public string? Profile { get; init; }

    /// <summary>The id of the certificate that it replaces (RFC 9773 section 5).</summary>
    public string? Replaces { get; init; }

    public string? CertificateId { get; init; }

    public Problem? Error { get; init; }

    /// <summary>The accepted request, from finalize until the certificate is there.</summary>
    public SigningRequest? Request { get; init; }

    /// <summary>How long its certificate will live, known from finalize on.</summary>
    public TimeSpan Lifetime { get; init; }

    /// <summary>How many more times a look at the order finds it <c>processing</c>.</summary>
    public int PollsLeft { get; init; }

    /// <summary>What the order is by now, given its authorizations as they are by now.</summary>
    public Order At(DateTimeOffset now, IReadOnlyList<Authorization> authorizations)
    {
        if (Status is not (Status.Pending or Status.Ready)) return this;
        if (Expires <= now) return Fail(Problem.Malformed("The order has expired."));

        // A valid authorization that is deactivated or expires takes a ready order with it (section 7.1.6).
        if (authorizations.FirstOrDefault(a => a.Status is not (Status.Pending or Status.Valid)) is { } dead)
            return Fail(Problem.Unauthorized($"The authorization for {dead.Identifier.Value} is {dead.Status.ToString().ToLowerInvariant()}."));

        return authorizations.All(a => a.Status == Status.Valid) ? this with { Status = Status.Ready } : this;
    }

    public Order Finalize(SigningRequest request, TimeSpan lifetime, int polls) => this with { Status = Status.Processing, Request = request, Lifetime = lifetime, PollsLeft = polls };

    public Order Complete(string certificateId) => this with { Status = Status.Valid, CertificateId = certificateId, Request = null };

    private Order Fail(Problem why) => this with { Status = Status.Invalid, Error = why };
}
