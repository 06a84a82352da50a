using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AcmeKestrel.LocalCa.Issuing;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa;

/// <summary>Turns requests into calls of the rules and their results into answers (RFC 8555 section 7). Knows no HTTP server.</summary>
internal sealed class LocalCaServer(LocalCaPolicy policy, CertificateAuthority authority, IChallengeValidator validator, TimeProvider time)
{
    private const int MaxBody = 50_000;

    private readonly Lock _gate = new();
    private readonly NonceStore _nonces = new();
    private readonly CertificationRules _rules = new(policy, authority, time);

    public string RootPem => authority.RootPem;

    public IReadOnlyCollection<CaCertificate> Certificates
    {
        get
        {
            lock (_gate) return [.. _rules.Certificates];
        }
    }

    public IReadOnlyCollection<CaOrder> Orders
    {
        get
        {
            lock (_gate) return [.. _rules.Orders];
        }
    }

    /// <summary>Answers one request. <paramref name="background"/> takes a validation that goes on after the answer; it must observe the task.</summary>
    public CaResponse Handle(CaRequest request, Action<Task> background, CancellationToken stopping)
    {
        try
        {
            return request.Method == "POST" ? Post(request, background, stopping) : Get(request);
        }
        catch (CaProblem problem)
        {
            var answer = CaResponse.Json(problem.Status, problem.ToJson(), "application/problem+json");
            lock (_gate) return answer.With("Replay-Nonce", _nonces.Create());
        }
    }

    private CaResponse Get(CaRequest request)
    {
        if (request is { Path: "/directory", Method: "GET" }) return CaResponse.Json(200, Directory(request.Base));
        if (request.Path == "/new-nonce" && request.Method is "HEAD" or "GET")
        {
            lock (_gate) return new CaResponse(request.Method == "HEAD" ? 200 : 204).With("Replay-Nonce", _nonces.Create()).With("Cache-Control", "no-store").With("Link", Index(request));
        }

        if (request is { Path: "/root.pem", Method: "GET" }) return new CaResponse(200, "application/x-pem-file", Encoding.ASCII.GetBytes(RootPem));
        return new CaResponse(request.Path == "/directory" || request.Path == "/new-nonce" ? 405 : 404);
    }

    private static JsonObject Directory(string @base) => new()
    {
        ["newNonce"] = @base + "/new-nonce",
        ["newAccount"] = @base + "/new-account",
        ["newOrder"] = @base + "/new-order",
        ["revokeCert"] = @base + "/revoke-cert",
        ["keyChange"] = @base + "/key-change",
        ["meta"] = new JsonObject { ["termsOfService"] = @base + "/terms", ["website"] = @base + "/directory" },
    };

    private CaResponse Post(CaRequest request, Action<Task> background, CancellationToken stopping)
    {
        if (request.Body.Length > MaxBody) throw new CaProblem(413, "malformed", $"a request has at most {MaxBody} bytes");

        var signed = SignedRequest.Read(request);
        ChallengeProbe? probe = null;
        CaChallenge? started = null;
        CaResponse answer;
        lock (_gate)
        {
            if (!_nonces.TryUse(signed.Nonce) || policy.RefuseNonce?.Invoke() == true) throw new CaProblem(400, "badNonce", "the nonce is not known, or was used before");

            answer = Dispatch(request, signed, ref probe, ref started);
            answer.With("Replay-Nonce", _nonces.Create()).With("Link", Index(request));
        }

        if (probe is null) return answer;

        // Outside the gate: the probe comes back to this process.
        var validation = ValidateAsync(probe, started!, stopping);
        if (!validation.IsCompleted) background(validation);
        return answer;
    }

    private async Task ValidateAsync(ChallengeProbe probe, CaChallenge challenge, CancellationToken stopping)
    {
        ChallengeFailure? failure;
        try
        {
            failure = await validator.ValidateAsync(probe, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        lock (_gate) _rules.Finish(challenge, failure);
    }

    private CaResponse Dispatch(CaRequest request, SignedRequest signed, ref ChallengeProbe? probe, ref CaChallenge? started)
    {
        var parts = request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (request.Path == "/new-account") return NewAccount(request, signed);
        if (request.Path == "/revoke-cert") return Revoke(request, signed);

        var account = Authenticate(request, signed);
        switch (parts)
        {
            case ["new-order"]:
                var order = _rules.AddOrder(account, signed.PayloadObject());
                return Show(request, order, 201).With("Location", $"{request.Base}/order/{order.Id}");
            case ["account", var id]:
                return Account(request, signed, account, id);
            case ["account", var id, "orders"] when id == account.Id:
                return CaResponse.Json(200, new JsonObject { ["orders"] = List(account.Orders.Select(known => $"{request.Base}/order/{known}")) });
            case ["order", var id]:
                MustBePostAsGet(signed);
                return Look(request, _rules.Order(id, account));
            case ["order", var id, "finalize"]:
                var finalized = _rules.Order(id, account);
                _rules.Finalize(finalized, Base64UrlStrict.Decode(Text(signed.PayloadObject(), "csr"), "csr"));
                return Show(request, finalized, 200).With("Location", $"{request.Base}/order/{finalized.Id}");
            case ["authorization", var id]:
                var authorization = _rules.Authorization(id, account);
                if (!signed.IsPostAsGet) Deactivate(authorization, signed.PayloadObject());
                return Show(request, authorization);
            case ["challenge", var id]:
                var (of, challenge) = _rules.Challenge(id, account);
                if (!signed.IsPostAsGet)
                {
                    if (signed.PayloadObject().EnumerateObject().Any()) throw CaProblem.Malformed("a challenge is started with {}");
                    probe = _rules.Begin(of, challenge);
                    started = challenge;
                }

                return CaResponse.Json(200, Json(request, challenge)).With("Link", $"<{request.Base}/authorization/{of.Id}>;rel=\"up\"");
            case ["certificate", var id]:
                MustBePostAsGet(signed);
                return new CaResponse(200, "application/pem-certificate-chain", Encoding.ASCII.GetBytes(_rules.Certificate(id, account).Pem));
            case ["key-change"]:
                throw new CaProblem(501, "serverInternal", "key change is not offered here");
            default:
                throw new CaProblem(404, "malformed", "there is no such thing");
        }
    }

    private CaResponse NewAccount(CaRequest request, SignedRequest signed)
    {
        var key = PublicKey.FromJwk(signed.Jwk ?? throw CaProblem.Malformed("newAccount is signed with 'jwk'"));
        signed.VerifyWith(key);
        var payload = signed.PayloadObject();
        if (_rules.FindAccount(key.Thumbprint) is { } existing)
        {
            if (existing.Status != "valid") throw CaProblem.Unauthorized($"the account is {existing.Status}");
            return Show(request, existing, 200).With("Location", $"{request.Base}/account/{existing.Id}");
        }

        if (Flag(payload, "onlyReturnExisting")) throw new CaProblem(400, "accountDoesNotExist", "this key has no account");
        if (!Flag(payload, "termsOfServiceAgreed")) throw new CaProblem(403, "userActionRequired", $"the terms of service must be agreed to: {request.Base}/terms");

        var account = _rules.AddAccount(key, CertificationRules.ReadContact(payload));
        return Show(request, account, 201).With("Location", $"{request.Base}/account/{account.Id}");
    }

    private static CaResponse Account(CaRequest request, SignedRequest signed, CaAccount account, string id)
    {
        if (id != account.Id) throw CaProblem.Unauthorized("it is another account");
        if (!signed.IsPostAsGet)
        {
            var payload = signed.PayloadObject();
            if (payload.TryGetProperty("contact", out _)) account.Contact = CertificationRules.ReadContact(payload);
            if (payload.TryGetProperty("status", out _))
            {
                if (Text(payload, "status") != "deactivated") throw CaProblem.Malformed("an account can only be deactivated");
                account.Status = "deactivated";
            }
        }

        return Show(request, account, 200);
    }

    private CaResponse Revoke(CaRequest request, SignedRequest signed)
    {
        CaAccount? account = null;
        PublicKey? key = null;
        if (signed.Jwk is { } jwk)
        {
            key = PublicKey.FromJwk(jwk);
            signed.VerifyWith(key);
        }
        else
        {
            account = Authenticate(request, signed);
        }

        var payload = signed.PayloadObject();
        int? reason = null;
        if (payload.TryGetProperty("reason", out var code)) reason = code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number) ? number : throw CaProblem.Malformed("'reason' is no number");
        _rules.Revoke(Base64UrlStrict.Decode(Text(payload, "certificate"), "certificate"), reason, account, key);
        return new CaResponse(200);
    }

    private CaAccount Authenticate(CaRequest request, SignedRequest signed)
    {
        var front = request.Base + "/account/";
        var keyId = signed.KeyId ?? throw CaProblem.Malformed("this request is signed with 'kid'");
        if (!keyId.StartsWith(front, StringComparison.Ordinal)) throw new CaProblem(400, "accountDoesNotExist", $"'{keyId}' is no account here");

        var account = _rules.Account(keyId[front.Length..]);
        signed.VerifyWith(account.Key);
        return account.Status == "valid" ? account : throw CaProblem.Unauthorized($"the account is {account.Status}");
    }

    private static void Deactivate(CaAuthorization authorization, JsonElement payload)
    {
        if (Text(payload, "status") != "deactivated") throw CaProblem.Malformed("an authorization can only be deactivated");
        authorization.Deactivated = true;
    }

    private static void MustBePostAsGet(SignedRequest signed)
    {
        if (!signed.IsPostAsGet) throw CaProblem.Malformed("the payload of a POST-as-GET is empty (section 6.3)");
    }

    private static CaResponse Show(CaRequest request, CaAccount account, int status) => CaResponse.Json(status, new JsonObject
    {
        ["status"] = account.Status,
        ["contact"] = List(account.Contact),
        ["orders"] = $"{request.Base}/account/{account.Id}/orders",
    });

    /// <summary>A look counts: an order may stay in processing for a few of them.</summary>
    private CaResponse Look(CaRequest request, CaOrder order)
    {
        var answer = Show(request, order, 200);
        if (order.ProcessingLooks > 0) order.ProcessingLooks--;
        return answer;
    }

    private CaResponse Show(CaRequest request, CaOrder order, int httpStatus)
    {
        var status = order.StatusAt(time.GetUtcNow());
        var json = new JsonObject
        {
            ["status"] = status,
            ["expires"] = order.Expires.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture),
            ["identifiers"] = new JsonArray([.. order.Identifiers.Select(identifier => (JsonNode)identifier.ToJson())]),
            ["authorizations"] = List(order.Authorizations.Select(authorization => $"{request.Base}/authorization/{authorization.Id}")),
            ["finalize"] = $"{request.Base}/order/{order.Id}/finalize",
        };
        if (status == "valid") json["certificate"] = $"{request.Base}/certificate/{order.CertificateId}";
        if (status == "invalid") json["error"] = order.Error?.DeepClone() ?? CaProblem.Document("unauthorized", "an authorization failed or the order expired");
        return WithRetryAfter(CaResponse.Json(httpStatus, json), status);
    }

    private CaResponse Show(CaRequest request, CaAuthorization authorization)
    {
        var status = authorization.StatusAt(time.GetUtcNow());

        // Once it is not pending, only what was tried is shown (section 7.1.4).
        var shown = authorization.Challenges.Where(challenge => status == "pending" || challenge.Status != "pending");
        return WithRetryAfter(
            CaResponse.Json(200, new JsonObject
            {
                ["status"] = status,
                ["expires"] = authorization.Expires.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture),
                ["identifier"] = authorization.Identifier.ToJson(),
                ["challenges"] = new JsonArray([.. shown.Select(challenge => (JsonNode)Json(request, challenge))]),
            }),
            status);
    }

    private static JsonObject Json(CaRequest request, CaChallenge challenge)
    {
        var json = new JsonObject { ["type"] = challenge.Type, ["url"] = $"{request.Base}/challenge/{challenge.Id}", ["status"] = challenge.Status, ["token"] = challenge.Token };
        if (challenge.Error is { } error) json["error"] = error.DeepClone();
        if (challenge.Validated is { } validated) json["validated"] = validated.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        return json;
    }

    private CaResponse WithRetryAfter(CaResponse answer, string status) =>
        status is "pending" or "processing" && policy.RetryAfter is { } wait
            ? answer.With("Retry-After", ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture))
            : answer;

    private static string Index(CaRequest request) => $"<{request.Base}/directory>;rel=\"index\"";

    private static JsonArray List(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode)item)]);

    private static bool Flag(JsonElement payload, string name) => payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static string Text(JsonElement payload, string name) =>
        payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : throw CaProblem.Malformed($"'{name}' is missing");
}
