using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Issuing;
using AcmeKestrel.LocalCa.Rules;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>The rules again, with the desks for what becomes of certificates once they are issued.</summary>
internal sealed class Desks
{
    private readonly CaRules _rules = new();

    public Desks()
    {
        Revocations = new RevocationDesk(State, Options, Time);
        Certificates = new CertificateDesk(State, Time);
    }

    public FakeTimeProvider Time => _rules.Time;

    public LocalCaServerOptions Options => _rules.Options;

    public CaState State => _rules.State;

    public Authority Authority => _rules.Authority;

    public OrderDesk Orders => _rules.Orders;

    public RevocationDesk Revocations { get; }

    public CertificateDesk Certificates { get; }

    public static PublicJwk Jwk(ECDsa key) => CaRules.Key(key);

    public static JsonMembers Members(JsonObject json) => JsonMembers.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), "The payload");

    /// <summary>Why a rule says no.</summary>
    public static (string Type, int Status) Refused(Action rule)
    {
        var problem = Assert.Throws<RefusalException>(rule).Problem;
        return (problem.Type, problem.Status);
    }

    public Account NewAccount() => _rules.NewAccount();

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
            Orders.Begin(account, challenge.Id, "https://ca.test/account/1", ["ca.test"]);
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
