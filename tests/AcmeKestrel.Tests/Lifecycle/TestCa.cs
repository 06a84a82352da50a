using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Ordering;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>
/// A CA in memory that outlives the "processes" of a test. It checks no signatures (other tests do); it counts everything, validates through <see cref="Probe"/>
/// and can be told to misbehave before or after it has processed a request.
/// </summary>
internal sealed partial class TestCa(TimeProvider time)
{
    private static readonly (X509Certificate2 Certificate, ECDsa Key) Issuer = MakeIssuer();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _accounts = [];
    private readonly Dictionary<string, Order> _orders = [];
    private int _serial;

    public const string DirectoryUrl = "https://ca.test/dir";

    public TimeSpan Lifetime { get; set; } = TimeSpan.FromDays(90);

    public int? RetryAfter { get; set; }

    /// <summary>Identifier -> seconds, in the answer to its challenge.</summary>
    public Func<string, int?> ChallengeRetryAfter { get; set; } = _ => null;

    /// <summary>Looks at a finalized order that show it still processing.</summary>
    public int ProcessingLooks { get; set; }

    /// <summary>Looks at an authorization or order before a begun validation has an end.</summary>
    public int ValidationLooks { get; set; }

    public bool ReusesOrders { get; set; }

    /// <summary>What it says of a certificate's renewal, by its id; null: it has no renewal info.</summary>
    public Func<string, HttpResponseMessage>? RenewalInfo { get; set; }

    /// <summary>Profiles it lists and grants.</summary>
    public string[] Profiles { get; set; } = [];

    /// <summary>The <c>Link</c> header of the default chain.</summary>
    public string? AlternateLink { get; set; }

    /// <summary>(path of an alternate, the leaf as PEM) -> its answer.</summary>
    public Func<string, string, HttpResponseMessage> Alternate { get; set; } = (_, _) => Answer(HttpStatusCode.NotFound, null);

    public bool RequiresExternalAccount { get; set; }

    /// <summary>How it is called in DNS, as its directory says.</summary>
    public string[] CaaIdentities { get; set; } = [];

    public string[] Offers { get; set; } = [ChallengeTypes.Http01, ChallengeTypes.TlsAlpn01, "dns-01"];

    /// <summary>(type, identifier, token, thumbprint-free key authorization prefix) -> what the probe says is wrong, or null.</summary>
    public Func<string, string, string, Task<string?>> Probe { get; set; } = (_, _, _) => Task.FromResult<string?>(null);

    /// <summary>(kind of request, its payload) -> an answer instead of the true one; the request is not processed.</summary>
    public Func<string, JsonNode?, HttpResponseMessage?> Instead { get; set; } = (_, _) => null;

    /// <summary>Sees a new order before the client does.</summary>
    public Action<Order> Born { get; set; } = _ => { };

    /// <summary>Which of an order's authorizations it lists, and in which order.</summary>
    public Func<IReadOnlyList<string>, IEnumerable<string>> Listed { get; set; } = ids => ids;

    /// <summary>Kinds of all signed requests, in order: account, order, order-get, authz, authz-off, challenge, finalize, certificate.</summary>
    public List<string> Requests { get; } = [];

    public List<Issued> Certificates { get; } = [];

    public List<(DateTimeOffset At, string Identifier)> FailedValidations { get; } = [];

    public List<DateTimeOffset> NewOrders { get; } = [];

    /// <summary>When it was asked for renewal info, and for which certificate.</summary>
    public List<(DateTimeOffset At, string Id)> RenewalLooks { get; } = [];

    public int DirectoryLooks { get; private set; }

    public int Accounts => _accounts.Count;

    public IReadOnlyCollection<Order> Orders => _orders.Values;

    public HttpMessageHandler Transport() => new Handler(this);

    /// <summary>Forgets its accounts and orders, as a test CA does that was restarted.</summary>
    public void LoseEverything()
    {
        _accounts.Clear();
        _orders.Clear();
    }

    /// <summary>How far the CA's clock is ahead of the edge's, as its orders' ends show.</summary>
    public TimeSpan ClockDifference { get; set; }

    /// <summary>How long before its issuance a certificate begins: the CA's clock, or the edge's, is wrong.</summary>
    public TimeSpan IssuedBefore { get; set; }

    /// <summary>Shows no order any more, as Let's Encrypt does with expired ones.</summary>
    public void LoseOrders() => _orders.Clear();

    /// <summary>newOrder's answer, with an order that is there already.</summary>
    public HttpResponseMessage Again(Order order)
    {
        var answer = Answer(HttpStatusCode.Created, Show(order));
        answer.Headers.Location = new Uri($"https://ca.test/order/{order.Id}");
        return answer;
    }

    public static HttpResponseMessage Problem(HttpStatusCode status, string type, string detail, int? retryAfter = null)
    {
        var body = new JsonObject { ["type"] = $"urn:ietf:params:acme:error:{type}", ["detail"] = detail, ["status"] = (int)status };
        return Answer(status, body, "application/problem+json", retryAfter);
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request)
    {
        var path = request.RequestUri!.AbsolutePath;
        if (path == "/dir")
        {
            DirectoryLooks++;
            return Answer(HttpStatusCode.OK, Directory());
        }

        if (path.StartsWith("/renewal/", StringComparison.Ordinal))
        {
            RenewalLooks.Add((time.GetUtcNow(), path["/renewal/".Length..]));
            return RenewalInfo!(path["/renewal/".Length..]);
        }

        if (path == "/nonce") return Answer(HttpStatusCode.OK, null);

        var jws = JsonNode.Parse(await request.Content!.ReadAsStringAsync())!;
        var header = JsonNode.Parse(Base64Url.DecodeFromChars((string)jws["protected"]!))!;
        var bytes = Base64Url.DecodeFromChars((string)jws["payload"]!);
        var payload = bytes.Length == 0 ? null : JsonNode.Parse(bytes);
        var parts = path.Trim('/').Split('/');
        var kind = (parts[0], payload) switch
        {
            ("authz", not null) => "authz-off",
            ("order", null) => "order-get",
            ("neworder", _) => "order",
            _ => parts[0],
        };

        lock (_gate)
        {
            Requests.Add(kind);
            if (Instead(kind, payload) is { } instead) return instead;
            if (kind == "account") return Account(header["jwk"]!.ToJsonString(), payload!);
            if (!_accounts.ContainsValue((string)header["kid"]!)) return Problem(HttpStatusCode.BadRequest, "accountDoesNotExist", "no such account");
            if (kind == "order") return NewOrder(payload!, (string)header["kid"]!);
        }

        if (!_orders.TryGetValue(parts[1], out var order)) return Answer(HttpStatusCode.NotFound, null);
        switch (kind)
        {
            case "order-get":
                order.Look(ValidationLooks, time.GetUtcNow());
                return Answer(HttpStatusCode.OK, Show(order), retryAfter: RetryAfter);
            case "authz":
                return Answer(HttpStatusCode.OK, Show(order, order.Authorizations[parts[2]]), retryAfter: RetryAfter);
            case "authz-off":
                order.Authorizations[parts[2]].Status = "deactivated";
                order.Status = "invalid";
                return Answer(HttpStatusCode.OK, Show(order, order.Authorizations[parts[2]]));
            case "challenge":
                return await ChallengeAsync(order, order.Authorizations[parts[2]], parts[3]);
            case "finalize":
                return Finalize(order, Base64Url.DecodeFromChars((string)payload!["csr"]!));
            default:
                if (order.Pem is not { } pem) return Answer(HttpStatusCode.NotFound, null);
                return parts.Length > 2 ? Alternate(path, pem[..pem.IndexOf("-----END CERTIFICATE-----", StringComparison.Ordinal)] + "-----END CERTIFICATE-----\n") : Pem(pem, AlternateLink);
        }
    }

    private JsonObject Directory()
    {
        var directory = new JsonObject
        {
            ["newNonce"] = "https://ca.test/nonce",
            ["newAccount"] = "https://ca.test/account",
            ["newOrder"] = "https://ca.test/neworder",
            ["revokeCert"] = "https://ca.test/revoke",
            ["keyChange"] = "https://ca.test/keychange",
        };
        if (RenewalInfo is not null) directory["renewalInfo"] = "https://ca.test/renewal";
        directory["meta"] = new JsonObject { ["termsOfService"] = "https://ca.test/terms", ["externalAccountRequired"] = RequiresExternalAccount };
        if (CaaIdentities.Length > 0) directory["meta"]!["caaIdentities"] = new JsonArray([.. CaaIdentities.Select(name => JsonValue.Create(name))]);
        if (Profiles.Length > 0) directory["meta"]!["profiles"] = new JsonObject(Profiles.Select(name => KeyValuePair.Create(name, (JsonNode?)JsonValue.Create("a profile"))));
        return directory;
    }

    private HttpResponseMessage Account(string jwk, JsonNode payload)
    {
        var known = _accounts.TryGetValue(jwk, out var url);
        if (!known)
        {
            if ((bool?)payload["onlyReturnExisting"] is true) return Problem(HttpStatusCode.BadRequest, "accountDoesNotExist", "no account for this key");
            if (RequiresExternalAccount && payload["externalAccountBinding"] is null) return Problem(HttpStatusCode.Forbidden, "externalAccountRequired", "binding missing");
            _accounts[jwk] = url = $"https://ca.test/acct/{++_serial}";
        }

        var answer = Answer(known ? HttpStatusCode.OK : HttpStatusCode.Created, new JsonObject { ["status"] = "valid" });
        answer.Headers.Location = new Uri(url!);
        return answer;
    }

    /// <summary>RFC 9773 section 5: of its own account, with a name in common, and not replaced yet.</summary>
    private HttpResponseMessage? RefuseReplacement(string id, List<string> names, string account)
    {
        if (Certificates.FirstOrDefault(issued => issued.RenewalId == id) is not { } replaced) return Problem(HttpStatusCode.NotFound, "malformed", "no such certificate");
        if (replaced.Account != account) return Problem(HttpStatusCode.Forbidden, "unauthorized", "another account's certificate");
        if (!replaced.Names.Intersect(names).Any()) return Problem(HttpStatusCode.BadRequest, "malformed", "no name in common");
        return _orders.Values.Any(order => order.Replaces == id && order.Status != "invalid") ? Problem(HttpStatusCode.Conflict, "alreadyReplaced", "replaced already") : null;
    }

    private HttpResponseMessage NewOrder(JsonNode payload, string account)
    {
        var names = payload["identifiers"]!.AsArray().Select(name => (string)name!["value"]!).ToList();
        NewOrders.Add(time.GetUtcNow());
        var (profile, replaces) = ((string?)payload["profile"], (string?)payload["replaces"]);
        if (profile is not null && !Profiles.Contains(profile)) return Problem(HttpStatusCode.BadRequest, "invalidProfile", $"no profile {profile}");
        if (replaces is not null && RefuseReplacement(replaces, names, account) is { } refusal) return refusal;
        var order = ReusesOrders ? _orders.Values.FirstOrDefault(open => open.Status is "pending" or "ready" && open.Names.Order().SequenceEqual(names.Order())) : null;
        if (order is null)
        {
            order = new Order($"{++_serial}", names) { Account = account, Profile = profile, Replaces = replaces };
            foreach (var name in names) order.Authorizations[$"{++_serial}"] = new Authorization(name);
            _orders[order.Id] = order;
            Born(order);
        }

        var answer = Answer(HttpStatusCode.Created, Show(order));
        answer.Headers.Location = new Uri($"https://ca.test/order/{order.Id}");
        return answer;
    }

    private async Task<HttpResponseMessage> ChallengeAsync(Order order, Authorization authorization, string type)
    {
        if (authorization.Begun is not null) return Problem(HttpStatusCode.BadRequest, "malformed", "Cannot update challenge with status processing");

        authorization.Begun = type;
        authorization.Outcome = await Probe(type, authorization.Name, authorization.Token);
        if (authorization.Outcome is not null) lock (_gate) FailedValidations.Add((time.GetUtcNow(), authorization.Name));
        return Answer(HttpStatusCode.OK, Show(order, authorization, type), ChallengeRetryAfter(authorization.Name));
    }

    private HttpResponseMessage Finalize(Order order, byte[] csr)
    {
        if (order.Status != "ready") return Problem(HttpStatusCode.Forbidden, "orderNotReady", $"it is {order.Status}");

        lock (_gate)
        {
            order.Status = "processing";
            order.LooksLeft = ProcessingLooks;
            order.Pem = Issue(csr, order);
            var leaf = Encoding.ASCII.GetBytes(order.Pem);
            Certificates.Add(new Issued(time.GetUtcNow(), order.Id, order.Names)
            {
                RenewalId = AcmeKestrel.Protocol.AcmeRenewalInfo.IdOf(CertificateChain.ParsePem(leaf).Leaf)!,
                Account = order.Account,
                Profile = order.Profile,
                Replaces = order.Replaces,
            });
            if (ProcessingLooks == 0) order.Status = "valid";
        }

        return Answer(HttpStatusCode.OK, Show(order), retryAfter: RetryAfter);
    }

    private string Issue(byte[] csr, Order order)
    {
        var asked = CertificateRequest.LoadSigningRequest(csr, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        var now = time.GetUtcNow() - IssuedBefore;
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in order.Names) names.AddDnsName(name);
        var request = new CertificateRequest(new X500DistinguishedName(""), asked.PublicKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build(critical: true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Issuer.Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var leaf = request.Create(Issuer.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(Issuer.Key), now, now + Lifetime, RandomNumberGenerator.GetBytes(8));
        return $"{leaf.ExportCertificatePem()}\n{Issuer.Certificate.ExportCertificatePem()}\n";
    }

    private static (X509Certificate2, ECDsa) MakeIssuer()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test issuer", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return (request.CreateSelfSigned(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero)), key);
    }

    private JsonObject Show(Order order)
    {
        var shown = new JsonObject
        {
            ["status"] = order.Status,
            ["identifiers"] = new JsonArray([.. order.Names.Select(name => new JsonObject { ["type"] = "dns", ["value"] = name })]),
            ["authorizations"] = new JsonArray([.. Listed([.. order.Authorizations.Keys]).Select(id => JsonValue.Create($"https://ca.test/authz/{order.Id}/{id}"))]),
            ["finalize"] = $"https://ca.test/finalize/{order.Id}",
        };
        if (order.Error is { } error) shown["error"] = new JsonObject { ["type"] = $"urn:ietf:params:acme:error:{order.ErrorType}", ["detail"] = error };
        if (order.Expires is { } expires) shown["expires"] = (expires + ClockDifference).ToString("O");
        if (order.Profile is { } profile) shown["profile"] = profile;
        if (order.Replaces is { } replaces) shown["replaces"] = replaces;
        if (order.Status == "valid") shown["certificate"] = $"https://ca.test/certificate/{order.Id}";
        return shown;
    }

    private JsonObject Show(Order order, Authorization authorization)
    {
        var id = order.Authorizations.First(entry => entry.Value == authorization).Key;
        var types = authorization.Status == "pending" && authorization.Begun is null ? Offers : [authorization.Begun ?? Offers[0]];
        return new JsonObject
        {
            ["identifier"] = new JsonObject { ["type"] = "dns", ["value"] = authorization.Name },
            ["status"] = authorization.Status,
            ["challenges"] = new JsonArray([.. types.Select(type => Show(order, authorization, type, id))]),
        };
    }

    private sealed class Handler(TestCa ca) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return ca.AnswerAsync(request);
        }
    }
}
