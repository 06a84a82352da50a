namespace AcmeKestrel.LocalCa.Rules;

/// <summary>RFC 8555 sections 7.4 and 7.5: from newOrder to the certificate.</summary>
internal sealed class OrderDesk(CaState state, LocalCaServerOptions options, TimeProvider time, RateLimits limits, IAuthority authority)
{
    private const int MostIdentifiers = 100;

    public Order Create(Account account, JsonMembers payload)
    {
        var identifiers = Identifiers(payload);
        if (payload.Has("notBefore") || payload.Has("notAfter")) throw new RefusalException(Problem.Malformed("notBefore and notAfter are not supported."));
        var profile = Profiles.Choose(options, payload.OptionalText("profile"));
        var replaced = Replacement.Check(state, options, account, identifiers, payload.OptionalText("replaces"));

        if (options.OrderReuse && Reusable(account, identifiers, profile, replaced?.RenewalId.Text) is { } existing) return existing;
        if (replaced is not null) Replacement.CheckFree(List(account), replaced);

        var claims = options.ShareAuthorizations ? identifiers.Where(identifier => !identifiers.Any(identifier.IsBelow)).ToList() : identifiers;
        limits.SpendOrder(account, identifiers, claims.Where(identifier => Proven(account, identifier) is null));

        var now = time.GetUtcNow();
        var authorizations = claims.Select(identifier => Authorize(account, identifier, now + (options.PendingAuthorizationLifetime ?? options.OrderLifetime))).ToList();
        var order = new Order(CaState.NewId(), account.Id, identifiers, authorizations, now + options.OrderLifetime, Status.Pending)
        {
            Profile = profile,
            Replaces = replaced?.RenewalId.Text,
        };
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

    /// <param name="account">Whose challenge it is.</param>
    /// <param name="challengeId">The challenge's.</param>
    /// <param name="accountUrl">The account's.</param>
    /// <param name="issuers">How records of dns-persist-01 call this CA.</param>
    public ChallengeProbe Begin(Account account, string challengeId, string accountUrl, IReadOnlyList<string> issuers)
    {
        var (authorization, challenge) = Challenge(account, challengeId);
        state.Authorizations[authorization.Id] = authorization.Begin(challengeId);
        var probe = new ChallengeProbe
        {
            Type = challenge.Type,
            IdentifierType = authorization.Identifier.Type,
            Identifier = authorization.Identifier.Value,
            Token = challenge.Token ?? "",
            KeyAuthorization = challenge.Token is null ? "" : $"{challenge.Token}.{account.Key.Thumbprint}",
            RecordName = TxtRecord.NameOf(challenge.Type, authorization.Identifier.Value, accountUrl),
        };
        return challenge.Type == ChallengeTypes.DnsPersist01 ? probe with { Record = new PersistentRecord(issuers, PersistentRecord.UrisOf(options, account, authorization.Identifier.Value, accountUrl), authorization.Wildcard) } : probe;
    }

    public void Conclude(string challengeId, Problem? error)
    {
        var now = time.GetUtcNow();
        var authorization = state.Authorizations[state.AuthorizationByChallenge[challengeId]].At(now);
        if (error is not null && authorization.Status == Status.Pending) limits.SpendFailure(authorization.AccountId, authorization.Identifier);
        // What is proven holds as long as the order that it was proven for.
        var lifetime = options.AuthorizationReuse > options.OrderLifetime ? options.AuthorizationReuse : options.OrderLifetime;
        state.Authorizations[authorization.Id] = authorization.Conclude(challengeId, error, now, now + lifetime);
    }

    private List<Identifier> Identifiers(JsonMembers payload)
    {
        var identifiers = (payload.Objects("identifiers") ?? []).Select(item => new Identifier(item.Text("type"), item.Text("value"))).Distinct().ToList();
        if (identifiers.Count is 0 or > MostIdentifiers) throw new RefusalException(Problem.Malformed($"An order is for 1 to {MostIdentifiers} identifiers."));
        IdentifierPolicy.Check(identifiers, wildcards: ChallengeTypes.ByDns(options).Count > 0);
        return identifiers;
    }

    private Order? Reusable(Account account, List<Identifier> identifiers, string? profile, string? replaces) =>
        List(account).FirstOrDefault(order => order.Status is Status.Pending or Status.Ready && order.Profile == profile && order.Replaces == replaces
            && order.Identifiers.Count == identifiers.Count && order.Identifiers.All(identifiers.Contains));

    private string Authorize(Account account, Identifier identifier, DateTimeOffset expires)
    {
        if (Proven(account, identifier) is { } proven) return proven.Id;

        var challenges = ChallengeTypes.For(identifier, options).Select(type => new Challenge(CaState.NewId(), type, type == ChallengeTypes.DnsPersist01 ? null : CaState.NewToken(), Status.Pending)).ToList();
        var authorization = new Authorization(CaState.NewId(), account.Id, identifier.Name, Status.Pending, expires, challenges) { Wildcard = identifier.IsWildcard };
        state.Authorizations.Add(authorization.Id, authorization);
        foreach (var challenge in challenges) state.AuthorizationByChallenge.Add(challenge.Id, authorization.Id);
        return authorization.Id;
    }

    private Authorization? Proven(Account account, Identifier identifier)
    {
        if (options.AuthorizationReuse <= TimeSpan.Zero) return null;

        var now = time.GetUtcNow();
        return state.Authorizations.Values.FirstOrDefault(a => a.AccountId == account.Id && a.Identifier == identifier.Name && a.Wildcard == identifier.IsWildcard
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
        limits.SpendCertificate(order.Identifiers);
        return Keep(order.Complete(certificate.Id));
    }

    private Order Keep(Order order) => state.Orders[order.Id] = order;
}
