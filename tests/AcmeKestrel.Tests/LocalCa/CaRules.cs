using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Issuing;
using AcmeKestrel.LocalCa.Rules;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>The CA's rules without HTTP: its desks around one state.</summary>
internal sealed class CaRules
{
    public CaRules()
    {
        Limits = new RateLimits(Options, Time);
        Accounts = new AccountDesk(State, Options, Limits);
        Authority = new Authority(Hierarchy.Create(Time.GetUtcNow()), Options, "https://ca.test/crl");
        Orders = new OrderDesk(State, Options, Time, Limits, Authority);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public LocalCaServerOptions Options { get; } = new();

    public CaState State { get; } = new();

    public RateLimits Limits { get; }

    public Authority Authority { get; }

    public AccountDesk Accounts { get; }

    public OrderDesk Orders { get; }

    public static JsonMembers Members(string json) => JsonMembers.Parse(Encoding.UTF8.GetBytes(json), "The payload");

    public static JsonObject Jwk(ECDsa key)
    {
        var q = key.ExportParameters(false).Q;
        return new JsonObject { ["crv"] = $"P-{key.KeySize}", ["kty"] = "EC", ["x"] = TinyAcmeClient.B64(q.X), ["y"] = TinyAcmeClient.B64(q.Y) };
    }

    public static PublicJwk Key(ECDsa key) => PublicJwk.Parse(Members(Jwk(key).ToJsonString()));

    public static PublicJwk NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Key(key);
    }

    /// <summary>Signed by <paramref name="key"/>, whatever the header says.</summary>
    public static JsonObject Sign(ECDsa key, JsonObject header, string payload)
    {
        var (head, body) = (TinyAcmeClient.B64(header.ToJsonString()), TinyAcmeClient.B64(payload));
        var signature = key.SignData(Encoding.ASCII.GetBytes($"{head}.{body}"), HashAlgorithmName.SHA256);
        return new JsonObject { ["protected"] = head, ["payload"] = body, ["signature"] = TinyAcmeClient.B64(signature) };
    }

    public static Problem Refused(Action action) => Assert.Throws<RefusalException>(action).Problem;

    public (Account Account, bool Created) Register(PublicJwk key, string payload = """{"termsOfServiceAgreed":true}""") =>
        Accounts.Register(key, Members(payload), "https://ca.test/new-account");

    public Account NewAccount() => Register(NewKey()).Account;

    public Order Order(Account account, params string[] names) => Orders.Create(
        account,
        Members(new JsonObject { ["identifiers"] = new JsonArray([.. names.Select(name => (JsonNode)new JsonObject { ["type"] = name.Contains(':') || char.IsDigit(name[0]) ? "ip" : "dns", ["value"] = name })]) }.ToJsonString()));

    /// <summary>Tries the first challenge of each pending authorization.</summary>
    public void Conclude(Account account, Order order, Problem? error = null)
    {
        foreach (var authorization in order.Authorizations.Select(id => Orders.Authorization(account, id)).Where(a => a.Status == Status.Pending))
        {
            Orders.Begin(account, authorization.Challenges[0].Id, "https://ca.test/account/1", ["ca.test"]);
            Orders.Conclude(authorization.Challenges[0].Id, error);
        }
    }

    public Order Issue(Account account, params string[] names)
    {
        var order = Order(account, names);
        Conclude(account, order);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Orders.Finalize(account, order.Id, Members($$"""{"csr":"{{TinyAcmeClient.B64(TinyAcmeClient.Csr(key, names))}}"}"""), _ => false);
    }
}
