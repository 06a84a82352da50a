using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Issuing;
using AcmeKestrel.LocalCa.Rules;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>The embedded CA's rules without HTTP and without signatures of requests.</summary>
internal sealed class Desks
{
    public Desks()
    {
        Authority = new Authority(Hierarchy.Create(Time.GetUtcNow()), Options, "https://ca.test/crl");
        Orders = new OrderDesk(State, Options, Time, Authority);
        Revocations = new RevocationDesk(State, Options, Time);
        Certificates = new CertificateDesk(State, Time);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public LocalCaServerOptions Options { get; } = new();

    public CaState State { get; } = new();

    public Authority Authority { get; }

    public OrderDesk Orders { get; }

    public RevocationDesk Revocations { get; }

    public CertificateDesk Certificates { get; }

    public static PublicJwk Jwk(ECDsa key)
    {
        var q = key.ExportParameters(false).Q;
        return PublicJwk.Parse(Members(new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = TinyAcmeClient.B64(q.X), ["y"] = TinyAcmeClient.B64(q.Y) }));
    }

    public static JsonMembers Members(JsonObject json) => JsonMembers.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), "The payload");

    /// <summary>Why a rule says no.</summary>
    public static (string Type, int Status) Refused(Action rule)
    {
        var problem = Assert.Throws<RefusalException>(rule).Problem;
        return (problem.Type, problem.Status);
    }

    public Account NewAccount()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var account = new Account(CaState.NewId(), Jwk(key), [], Status.Valid);
        State.Accounts.Add(account.Id, account);
        return account;
    }

    public Order Order(Account account, string[] names, string? profile = null, string? replaces = null)
    {
        var payload = new JsonObject { ["identifiers"] = new JsonArray([.. names.Select(name => (JsonNode)new JsonObject { ["type"] = "dns", ["value"] = name })]) };
        if (profile is not null) payload["profile"] = profile;
        if (replaces is not null) payload["replaces"] = replaces;
        return Orders.Create(account, Members(payload));
    }

    /// <summary>Proves every name of the order.</summary>
    public Order Prove(Account account, Order order, Problem? error = null)
    {
        foreach (var id in order.Authorizations)
        {
            var challenge = Orders.Authorization(account, id).Challenges[0];
            Orders.Begin(account, challenge.Id);
            Orders.Conclude(challenge.Id, error);
        }

        return Orders.Poll(account, order.Id);
    }

    public Order Finalize(Account account, Order order, ECDsa? key = null)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = TinyAcmeClient.Csr(key ?? own, [.. order.Identifiers.Select(i => i.Value)]);
        return Orders.Finalize(account, order.Id, Members(new JsonObject { ["csr"] = TinyAcmeClient.B64(csr) }), _ => false);
    }

    public IssuedCertificate Issue(Account account, string[] names, string? profile = null, string? replaces = null, ECDsa? key = null)
    {
        var done = Finalize(account, Prove(account, Order(account, names, profile, replaces)), key);
        return State.Certificates[done.CertificateId!];
    }

    public void Revoke(IssuedCertificate certificate, Account? account = null, PublicJwk? key = null, int? reason = null)
    {
        var payload = new JsonObject { ["certificate"] = TinyAcmeClient.B64(certificate.Der) };
        if (reason is not null) payload["reason"] = reason;
        Revocations.Revoke(account, key, Members(payload));
    }
}
