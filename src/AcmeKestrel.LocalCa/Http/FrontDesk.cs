using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Http;

/// <summary>Who asks, and for what: checks a request's form and signature (RFC 8555 section 6), then lets the rules decide.</summary>
internal sealed class FrontDesk
{
    /// <summary>What Boulder reads of a request.</summary>
    public const int LargestBody = 50_000;

    private readonly LocalCaServerOptions _options;
    private readonly CaState _state = new();
    private readonly Nonces _nonces = new(capacity: 10_000);
    private readonly Urls _urls;
    private readonly Renderer _render;
    private readonly AccountDesk _accounts;
    private readonly OrderDesk _orders;
    private readonly Action<string, ChallengeProbe> _validate;

    /// <param name="validate">Starts the validation of a challenge, given its id.</param>
    public FrontDesk(LocalCaServerOptions options, TimeProvider time, IAuthority authority, Action<string, ChallengeProbe> validate)
    {
        _options = options;
        _validate = validate;
        _urls = new Urls(options.DirectoryUrl);
        _render = new Renderer(_urls, options);
        var limits = new RateLimits(options, time);
        _accounts = new AccountDesk(_state, options, limits);
        _orders = new OrderDesk(_state, options, time, limits, authority);
        Certificates = new CertificateOffice(_state, options, time, authority, _urls, _render);
    }

    public CertificateOffice Certificates { get; }

    public LocalCaReply Handle(LocalCaRequest request)
    {
        LocalCaReply reply;
        try
        {
            reply = request.Path.Split('/')[1..] switch
            {
                _ when request.Path == _urls.DirectoryPath => Get(request, _render.Directory),
                ["new-nonce"] => NewNonce(request),
                ["renewal-info", var id] => Get(request, () => Certificates.RenewalInfo(id)),
                ["crl"] => Get(request, Certificates.CrlReply),
                var path when Pages.Find(path) is { } page => Get(request, () => Renderer.Text(200, "text/plain; charset=utf-8", page)),
                var path => Post(request, path),
            };
        }
        catch (RefusalException refusal)
        {
            reply = _render.Refusal(refusal.Problem);
        }

        // Errors carry a nonce too: badNonce must, and a client that was refused asks again.
        if (request.Method == "POST") reply = reply with { Headers = [.. reply.Headers, .. Fresh()] };
        return request.Path == _urls.DirectoryPath ? reply : reply with { Headers = [.. reply.Headers, new("Link", $"<{_urls.Directory}>;rel=\"index\"")] };
    }

    /// <summary>The probe's result arrives.</summary>
    public void Conclude(string challengeId, Problem? error)
    {
        lock (_state.Gate) _orders.Conclude(challengeId, error);
    }

    /// <summary>False where no valid account has this URL.</summary>
    public bool Agree(string accountUrl)
    {
        lock (_state.Gate)
        {
            if (_urls.AccountId(accountUrl) is not { } id || !_state.Accounts.TryGetValue(id, out var account) || account.Status != Status.Valid) return false;
            _accounts.Agree(id);
            return true;
        }
    }

    private List<KeyValuePair<string, string>> Fresh() => [new("Replay-Nonce", _nonces.Issue()), new("Cache-Control", "no-store")];

    private LocalCaReply NewNonce(LocalCaRequest request)
    {
        if (request.Method is not ("GET" or "HEAD")) throw NotAllowed();
        return Renderer.Empty(request.Method == "HEAD" ? 200 : 204) with { Headers = Fresh() };
    }

    private static LocalCaReply Get(LocalCaRequest request, Func<LocalCaReply> reply) => request.Method is "GET" or "HEAD" ? reply() : throw NotAllowed();

    private LocalCaReply Post(LocalCaRequest request, string[] path)
    {
        if (request.Method != "POST") throw NotAllowed();
        if (request.ContentType != "application/jose+json") throw new RefusalException(Problem.Malformed("The content type is exactly application/jose+json.", 415));
        if (request.Body.Length > LargestBody) throw new RefusalException(Problem.Malformed("The request is too large.", 413));

        var jws = Jws.Parse(request.Body);
        var byKey = path is ["new-account"] || (path is ["revoke-cert"] && jws.Key is not null);
        if (byKey != jws.Key is not null) throw new RefusalException(Problem.Malformed(byKey ? "This request is signed with 'jwk'." : "This request is signed with 'kid'."));

        var account = byKey ? null : Signer(jws);
        jws.Verify(jws.Key ?? account!.Key);
        if (!_nonces.Spend(jws.Nonce) || Random.Shared.NextDouble() < _options.BadNonceRate)
            throw new RefusalException(new Problem("badNonce", 400, "The nonce is unknown, spent or unlucky."));
        if (jws.Url != _urls.Of(request.Path)) throw new RefusalException(Problem.Unauthorized("The signed URL is not the one that was asked."));

        var (reply, begun) = Decide(path, jws, account);
        // Outside the lock: a validator may conclude at once.
        if (begun is { } challenge) _validate(challenge.Id, challenge.Probe);
        return reply;
    }

    private Account Signer(Jws jws)
    {
        var id = _urls.AccountId(jws.KeyId!) ?? throw new RefusalException(new Problem("accountDoesNotExist", 400, "'kid' is not an account URL of this CA."));
        lock (_state.Gate) return _accounts.Find(id);
    }

    private (LocalCaReply Reply, (string Id, ChallengeProbe Probe)? Begun) Decide(string[] path, Jws jws, Account? signer)
    {
        lock (_state.Gate)
        {
            var account = signer is null ? null : _accounts.Current(signer);
            if (path is ["challenge", var challengeId] && !jws.IsPostAsGet) return Begin(account!, challengeId, jws);
            return (Answer(path, jws, account!), null);
        }
    }

    private LocalCaReply Answer(string[] path, Jws jws, Account account) => path switch
    {
        ["new-account"] => Register(jws),
        ["account", var id] => OwnAccount(account, id, jws),
        ["orders", var id] => Orders(account, id, 0, jws),
        ["orders", var id, var page] => Orders(account, id, int.TryParse(page, out var number) && number > 0 ? number : throw CaState.Unknown("page"), jws),
        ["new-order"] => _render.Order(201, _orders.Create(account, Payload(jws))),
        ["order", var id] => _render.Order(200, _orders.Poll(account, Read(jws, id))),
        ["authorization", var id] => _render.Authorization(jws.IsPostAsGet ? _orders.Authorization(account, id) : Deactivate(account, id, jws)),
        ["challenge", var id] => Challenge(_orders.Challenge(account, id)),
        ["finalize", var id] => _render.Finalized(_orders.Finalize(account, id, Payload(jws), _accounts.IsAccountKey)),
        ["certificate", var id] => Certificates.Download(account, Read(jws, id), chain: null),
        ["certificate", var id, var chain] => Certificates.Download(account, Read(jws, id), chain),
        ["revoke-cert"] => Certificates.Revoke(account, jws),
        ["key-change"] => _render.Account(200, _accounts.ChangeKey(account, KeyChange.Check(jws, account))),
        _ => throw CaState.Unknown("resource"),
    };

    private LocalCaReply Register(Jws jws)
    {
        var (account, created) = _accounts.Register(jws.Key!, Payload(jws), jws.Url);
        return _render.Account(created ? 201 : 200, account, _accounts.HasAgreed(account));
    }

    private LocalCaReply OwnAccount(Account account, string id, Jws jws)
    {
        CaState.Owned(account, id, account);
        return _render.Account(200, jws.IsPostAsGet ? account : _accounts.Update(account, Payload(jws)));
    }

    private LocalCaReply Orders(Account account, string id, int page, Jws jws)
    {
        CaState.Owned(account, Read(jws, id), account);
        return _render.Orders(account, OrderPage.Cut(_orders.List(account), page, _options.OrdersPerPage), page);
    }

    private Authorization Deactivate(Account account, string id, Jws jws) => Payload(jws).OptionalText("status") == "deactivated"
        ? _orders.Deactivate(account, id)
        : throw new RefusalException(Problem.Malformed("An authorization's status can only become deactivated."));

    private LocalCaReply Challenge((Authorization Authorization, Challenge Challenge) found) => _render.Challenge(found.Authorization, found.Challenge);

    private (LocalCaReply, (string, ChallengeProbe)?) Begin(Account account, string id, Jws jws)
    {
        // Section 7.5.1: an empty object; anything in it belongs to a draft.
        if (Payload(jws).Names.Any()) throw new RefusalException(Problem.Malformed("A challenge is answered with an empty object."));
        var probe = _orders.Begin(account, id, _urls.Account(account.Id), _render.Issuers);
        return (Challenge(_orders.Challenge(account, id)), (id, probe));
    }

    private static JsonMembers Payload(Jws jws) => JsonMembers.Parse(jws.Payload, "The payload");

    private static string Read(Jws jws, string id) => jws.IsPostAsGet ? id : throw new RefusalException(Problem.Malformed("A POST-as-GET request has an empty payload."));

    private static RefusalException NotAllowed() => new(Problem.Malformed("The method is not allowed here.", 405));
}
