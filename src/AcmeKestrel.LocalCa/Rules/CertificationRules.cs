using System.Security.Cryptography;
using System.Text.Json;
using AcmeKestrel.LocalCa.Issuing;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>What the CA knows and how it changes. No HTTP, no I/O, one caller at a time.</summary>
internal sealed class CertificationRules(LocalCaPolicy policy, CertificateAuthority authority, TimeProvider time)
{
    private const int MaxNames = 100;

    private readonly Dictionary<string, CaAccount> _accounts = [];
    private readonly Dictionary<string, CaOrder> _orders = [];
    private readonly Dictionary<string, CaAuthorization> _authorizations = [];
    private readonly Dictionary<string, (CaAuthorization Authorization, CaChallenge Challenge)> _challenges = [];
    private readonly Dictionary<string, CaCertificate> _certificates = [];

    public IReadOnlyCollection<CaCertificate> Certificates => _certificates.Values;

    public IReadOnlyCollection<CaOrder> Orders => _orders.Values;

    public CaAccount? FindAccount(string thumbprint) => _accounts.Values.FirstOrDefault(account => account.Key.Thumbprint == thumbprint);

    public CaAccount Account(string id) => _accounts.TryGetValue(id, out var account) ? account : throw new CaProblem(400, "accountDoesNotExist", "no such account");

    public CaAccount AddAccount(PublicKey key, IReadOnlyList<string> contact)
    {
        var account = new CaAccount(NewId(), key) { Contact = contact };
        return _accounts[account.Id] = account;
    }

    /// <summary>Checks a contact list (RFC 8555 section 7.3).</summary>
    public static IReadOnlyList<string> ReadContact(JsonElement payload)
    {
        if (!payload.TryGetProperty("contact", out var list)) return [];
        if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String)) throw CaProblem.Malformed("'contact' is no list of texts");

        var contacts = list.EnumerateArray().Select(item => item.GetString()!).ToList();
        foreach (var contact in contacts)
        {
            if (!contact.StartsWith("mailto:", StringComparison.Ordinal)) throw new CaProblem(400, "unsupportedContact", $"'{contact}' is no mailto address");

            var address = contact["mailto:".Length..];
            var at = address.IndexOf('@');
            if (at <= 0 || at == address.Length - 1 || address.Any(c => c is ',' or '?' or ' ' || !char.IsAscii(c))) throw new CaProblem(400, "invalidContact", $"'{contact}' is not one mail address");
        }

        return contacts;
    }

    public CaOrder AddOrder(CaAccount account, JsonElement payload)
    {
        if (payload.TryGetProperty("notBefore", out _) || payload.TryGetProperty("notAfter", out _)) throw CaProblem.Malformed("notBefore and notAfter are not taken");

        var identifiers = ReadIdentifiers(payload);
        var now = time.GetUtcNow();
        if (policy.OrderReuse && ReusableOrder(account, identifiers, now) is { } same) return same;

        var authorizations = identifiers.Select(identifier => AuthorizationFor(account, identifier, now)).ToList();
        var order = new CaOrder(NewId(), account, identifiers, authorizations, now + policy.OrderLifetime);
        account.Orders.Add(order.Id);
        return _orders[order.Id] = order;
    }

    public CaOrder Order(string id, CaAccount account) => Own(_orders.GetValueOrDefault(id), account, order => order.Account);

    public CaAuthorization Authorization(string id, CaAccount account) => Own(_authorizations.GetValueOrDefault(id), account, authorization => authorization.Account);

    public (CaAuthorization Authorization, CaChallenge Challenge) Challenge(string id, CaAccount account)
    {
        if (!_challenges.TryGetValue(id, out var found)) throw new CaProblem(404, "malformed", "there is no such thing");
        Own(found.Authorization, account, authorization => authorization.Account);
        return found;
    }

    public CaCertificate Certificate(string id, CaAccount account) => Own(_certificates.GetValueOrDefault(id), account, certificate => certificate.Account);

    /// <summary>Begins a validation; the probe to run (RFC 8555 section 7.5.1).</summary>
    public ChallengeProbe Begin(CaAuthorization authorization, CaChallenge challenge)
    {
        if (challenge.Status != "pending" || authorization.StatusAt(time.GetUtcNow()) != "pending")
        {
            throw CaProblem.Malformed($"a challenge that is {challenge.Status} cannot be started");
        }

        challenge.Status = "processing";
        var (identifier, key) = (authorization.Identifier, authorization.Account.Key);
        return new ChallengeProbe(challenge.Type, identifier.Type, identifier.Value, challenge.Token, $"{challenge.Token}.{key.Thumbprint}");
    }

    public void Finish(CaChallenge challenge, ChallengeFailure? failure)
    {
        challenge.Status = failure is null ? "valid" : "invalid";
        challenge.Validated = time.GetUtcNow();
        if (failure is not null) challenge.Error = CaProblem.Document(failure.Type, failure.Detail);
    }

    /// <summary>RFC 8555 section 7.4. A CSR that is refused leaves the order ready.</summary>
    public void Finalize(CaOrder order, byte[] signingRequest)
    {
        var status = order.StatusAt(time.GetUtcNow());
        if (status != "ready") throw new CaProblem(403, "orderNotReady", $"the order is {status}");

        var request = SigningRequestCheck.Read(signingRequest, order);
        var (leaf, pem) = authority.Issue(request.PublicKey, order.Identifiers, policy.CertificateLifetime);
        var certificate = new CaCertificate(NewId(), order.Account, leaf, request.PublicKey.ExportSubjectPublicKeyInfo(), pem);
        _certificates[certificate.Id] = certificate;
        order.ProcessingLooks = policy.ProcessingLooks;
        order.CertificateId = certificate.Id;
    }

    /// <summary>RFC 8555 section 7.6: the issuing account or the certificate's own key may revoke.</summary>
    public void Revoke(byte[] leaf, int? reason, CaAccount? account, PublicKey? key)
    {
        var certificate = _certificates.Values.FirstOrDefault(candidate => candidate.Leaf.AsSpan().SequenceEqual(leaf)) ?? throw new CaProblem(404, "malformed", "this certificate was not issued here");
        var mayRevoke = account is not null ? certificate.Account == account : key!.SubjectPublicKeyInfo.AsSpan().SequenceEqual(certificate.SubjectPublicKeyInfo);
        if (!mayRevoke) throw CaProblem.Unauthorized("neither the account that ordered it nor its key signed the request");
        if (reason is < 0 or 7 or > 10) throw new CaProblem(400, "badRevocationReason", $"{reason} is no reason code (RFC 5280 section 5.3.1)");
        if (certificate.Revoked) throw new CaProblem(400, "alreadyRevoked", "it is revoked already");

        certificate.Revoked = true;
    }

    private static List<Identifier> ReadIdentifiers(JsonElement payload)
    {
        if (!payload.TryGetProperty("identifiers", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MaxNames)
        {
            throw CaProblem.Malformed($"an order has 1 to {MaxNames} identifiers");
        }

        var identifiers = list.EnumerateArray().Select(item => new Identifier(Member(item, "type"), Member(item, "value"))).Distinct().ToList();
        var faults = identifiers.Select(identifier => (Identifier: identifier, Fault: identifier.FindFault())).Where(pair => pair.Fault is not null).ToList();
        if (faults.Count == 0) return identifiers;

        var subproblems = faults.Select(pair => (pair.Identifier, pair.Fault!.Value.Type, pair.Fault!.Value.Detail)).ToList();
        throw new CaProblem(400, subproblems.Select(sub => sub.Type).Distinct().Count() == 1 ? subproblems[0].Type : "compound", string.Join("; ", subproblems.Select(sub => sub.Detail)))
        {
            Subproblems = subproblems,
        };
    }

    private CaOrder? ReusableOrder(CaAccount account, List<Identifier> identifiers, DateTimeOffset now) =>
        _orders.Values.FirstOrDefault(order => order.Account == account && (order.StatusAt(now) is "pending" or "ready") && identifiers.ToHashSet().SetEquals(order.Identifiers));

    private CaAuthorization AuthorizationFor(CaAccount account, Identifier identifier, DateTimeOffset now)
    {
        if (policy.AuthorizationReuse
            && _authorizations.Values.FirstOrDefault(known => known.Account == account && known.Identifier == identifier && known.StatusAt(now) == "valid") is { } reused)
        {
            return reused;
        }

        var challenges = policy.Challenges.Select(type => new CaChallenge(NewId(), type, Base64UrlStrict.Encode(RandomNumberGenerator.GetBytes(32)))).ToList();
        var authorization = new CaAuthorization(NewId(), account, identifier, now + policy.OrderLifetime, challenges);
        _authorizations[authorization.Id] = authorization;
        foreach (var challenge in challenges) _challenges[challenge.Id] = (authorization, challenge);
        return authorization;
    }

    private static T Own<T>(T? found, CaAccount account, Func<T, CaAccount> owner)
        where T : class
    {
        if (found is null) throw new CaProblem(404, "malformed", "there is no such thing");
        return owner(found) == account ? found : throw CaProblem.Unauthorized("it belongs to another account");
    }

    private static string Member(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw CaProblem.Malformed($"an identifier lacks '{name}'");

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
}
