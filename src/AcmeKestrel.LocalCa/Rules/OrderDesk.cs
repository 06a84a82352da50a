namespace AcmeKestrel.LocalCa.Rules;

/// <summary>RFC 8555 sections 7.4 and 7.5: from newOrder to the certificate.</summary>
internal sealed class OrderDesk(CaState state, LocalCaServerOptions options, TimeProvider time, IAuthority authority)
{
    private const int MostIdentifiers = 100;

    private static readonly string[] ChallengeTypes = ["http-01", "tls-alpn-01"];

    public Order Create(Account account, JsonMembers payload)
    {
        var identifiers = Identifiers(payload);
        if (payload.Has("notBefore") || payload.Has("notAfter")) throw new RefusalException(Problem.Malformed("notBefore and notAfter are not supported."));
        var profile = Profiles.Choose(options, payload.OptionalText("profile"));
        var replaced = Replacement.Check(state, options, account, identifiers, payload.OptionalText("replaces"));

        if (options.OrderReuse && Reusable(account, identifiers, profile, replaced?.RenewalId.Text) is { } existing) return existing;
        if (replaced is not null) Replacement.CheckFree(List(account), replaced);

        var expires = time.GetUtcNow() + options.OrderLifetime;
        var authorizations = identifiers.Select(identifier => Authorize(account, identifier, expires)).ToList();
        var order = new Order(CaState.NewId(), account.Id, identifiers, authorizations, expires, Status.Pending) { Profile = profile, Replaces = replaced?.RenewalId.Text };
        state.Orders.Add(order.Id, order);
        return Refresh(order);
    }

    /// <summary>A look at an order; it also moves a processing one on.</summary>
    public Order Poll(Account account, string id)
    {
        var order = Find(account, id);
        if (order.Status != Status.Processing) return order;
        return order.PollsLeft > 0 ? Keep(order with { PollsLeft = order.PollsLeft - 1 }) : Complete(order);
    }

    public Order Finalize(Account account, string id, JsonMembers payload, Func<byte[], bool> isAccountKey)
    {
        var order = Find(account, id);
        if (order.Status != Status.Ready)
            throw new RefusalException(new Problem("orderNotReady", 403, $"The order is {order.Status.ToString().ToLowerInvariant()}."));

        var lifetime = Profiles.Lifetime(options, order.Profile);
        var request = SigningRequest.Check(payload.Bytes("csr"), order.Identifiers, isAccountKey);
        order = order.Finalize(request, lifetime, options.ProcessingPolls);
        return order.PollsLeft > 0 ? Keep(order) : Complete(order);
    }

    public IReadOnlyList<Order> List(Account account) => [.. state.Orders.Values.Where(o => o.AccountId == account.Id).ToList().Select(Refresh).Where(o => o.Status != Status.Invalid)];

    public Authorization Authorization(Account account, string id)
    {
        var found = state.Authorizations.GetValueOrDefault(id) ?? throw CaState.Unknown("authorization");
        return CaState.Owned(found, found.AccountId, account).At(time.GetUtcNow());
    }

    public Authorization Deactivate(Account account, string id) => state.Authorizations[id] = Authorization(account, id).Deactivate();

    public (Authorization Authorization, Challenge Challenge) Challenge(Account account, string id)
    {
        if (!state.AuthorizationByChallenge.TryGetValue(id, out var owner)) throw CaState.Unknown("challenge");
        var authorization = Authorization(account, owner);
        return (authorization, authorization.Challenges.FirstOrDefault(c => c.Id == id) ?? throw CaState.Unknown("challenge"));
    }

    public ChallengeProbe Begin(Account account, string challengeId)
    {
        var (authorization, challenge) = Challenge(account, challengeId);
        state.Authorizations[authorization.Id] = authorization.Begin(challengeId);
        return new ChallengeProbe(challenge.Type, authorization.Identifier.Type, authorization.Identifier.Value, challenge.Token, $"{challenge.Token}.{account.Key.Thumbprint}");
    }

    public void Conclude(string challengeId, Problem? error)
    {
        var now = time.GetUtcNow();
        var authorization = state.Authorizations[state.AuthorizationByChallenge[challengeId]].At(now);
        var reuse = now + options.AuthorizationReuse;
        state.Authorizations[authorization.Id] = authorization.Conclude(challengeId, error, now, reuse > authorization.Expires ? reuse : authorization.Expires);
    }

    private static List<Identifier> Identifiers(JsonMembers payload)
    {
        var identifiers = (payload.Objects("identifiers") ?? []).Select(item => new Identifier(item.Text("type"), item.Text("value"))).Distinct().ToList();
        if (identifiers.Count is 0 or > MostIdentifiers) throw new RefusalException(Problem.Malformed($"An order is for 1 to {MostIdentifiers} identifiers."));
        IdentifierPolicy.Check(identifiers);
        return identifiers;
    }

    private Order? Reusable(Account account, List<Identifier> identifiers, string? profile, string? replaces) =>
        List(account).FirstOrDefault(order => order.Status is Status.Pending or Status.Ready && order.Profile == profile && order.Replaces == replaces
            && order.Identifiers.Count == identifiers.Count && order.Identifiers.All(identifiers.Contains));

    private string Authorize(Account account, Identifier identifier, DateTimeOffset expires)
    {
        if (options.AuthorizationReuse > TimeSpan.Zero && Proven(account, identifier) is { } proven) return proven.Id;

        var challenges = ChallengeTypes.Select(type => new Challenge(CaState.NewId(), type, CaState.NewToken(), Status.Pending)).ToList();
        var authorization = new Authorization(CaState.NewId(), account.Id, identifier, Status.Pending, expires, challenges);
        state.Authorizations.Add(authorization.Id, authorization);
        foreach (var challenge in challenges) state.AuthorizationByChallenge.Add(challenge.Id, authorization.Id);
        return authorization.Id;
    }

    private Authorization? Proven(Account account, Identifier identifier)
    {
        var now = time.GetUtcNow();
        return state.Authorizations.Values.FirstOrDefault(a => a.AccountId == account.Id && a.Identifier == identifier
            && a.At(now).Status == Status.Valid && a.Challenges[0].Validated + options.AuthorizationReuse > now);
    }

    private Order Find(Account account, string id)
    {
        var order = state.Orders.GetValueOrDefault(id) ?? throw CaState.Unknown("order");
        return Refresh(CaState.Owned(order, order.AccountId, account));
    }

    private Order Refresh(Order order)
    {
        var now = time.GetUtcNow();
        return Keep(order.At(now, [.. order.Authorizations.Select(id => state.Authorizations[id].At(now))]));
    }

    private Order Complete(Order order)
    {
        var der = authority.Issue(order.Request!, time.GetUtcNow(), order.Lifetime);
        var certificate = IssuedCertificate.Of(order, der) with { MissesLeft = options.DownloadMisses };
        state.Certificates.Add(certificate.Id, certificate);
        return Keep(order.Complete(certificate.Id));
    }

    private Order Keep(Order order) => state.Orders[order.Id] = order;
}
