using System.Net;
using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Validation;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class DnsProbeTests
{
    private const string KeyAuthorization = "token.thumbprint";

    private const string Name = "_acme-challenge.shop.test";

    private static readonly string Proof = TinyAcmeClient.B64(SHA256.HashData(Encoding.ASCII.GetBytes(KeyAuthorization)));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_digest_at_the_challenge_name_is_proof()
    {
        await using var dns = new StubDns((question, _) => StubDns.Reply(question, StubDns.Text(Name, Proof)));

        Assert.Null(await ProbeAsync(dns));
        Assert.Equal([(Name, 16)], dns.Asked);
    }

    public static TheoryData<string, (string, ushort, byte[])[]> Proofs => new()
    {
        { "two values", [StubDns.Text(Name, "another"), StubDns.Text(Name, Proof)] },
        { "a value in pieces", [StubDns.Text(Name, Proof[..20], Proof[20..])] },
        { "a name in capitals", [StubDns.Text(Name.ToUpperInvariant(), Proof)] },
        { "an alias", [StubDns.Alias(Name, "proofs.example.test"), StubDns.Text("proofs.example.test", Proof)] },
        { "two aliases in any order", [StubDns.Text("c.test", Proof), StubDns.Alias("b.test", "c.test"), StubDns.Alias(Name, "b.test")] },
    };

    [Theory]
    [MemberData(nameof(Proofs))]
    public async Task So_it_is_in_other_shapes(string what, (string, ushort, byte[])[] records)
    {
        await using var dns = new StubDns((question, _) => StubDns.Reply(question, records));

        Assert.True(await ProbeAsync(dns) is null, what);
    }

    public static TheoryData<string, (string, ushort, byte[])[]> NoProofs => new()
    {
        { "nothing", [] },
        { "another value", [StubDns.Text(Name, "another")] },
        { "the key authorization itself", [StubDns.Text(Name, KeyAuthorization)] },
        { "the digest and more", [StubDns.Text(Name, Proof, "x")] },
        { "a padded digest", [StubDns.Text(Name, Proof + "=")] },
        { "the digest in capitals", [StubDns.Text(Name, Proof.ToUpperInvariant())] },
        { "a record of another name", [StubDns.Text("shop.test", Proof)] },
        { "a record that no alias leads to", [StubDns.Alias(Name, "b.test"), StubDns.Text("c.test", Proof)] },
        { "an alias alone", [StubDns.Alias(Name, "b.test")] },
        { "aliases in a circle", [StubDns.Alias(Name, "b.test"), StubDns.Alias("b.test", Name), StubDns.Text("c.test", Proof)] },
    };

    [Theory]
    [MemberData(nameof(NoProofs))]
    public async Task Anything_else_is_none(string what, (string, ushort, byte[])[] records)
    {
        await using var dns = new StubDns((question, _) => StubDns.Reply(question, records));

        Assert.True((await ProbeAsync(dns))?.Type == "unauthorized", what);
    }

    [Theory]
    [InlineData(3, "NotExistentDomain")]
    [InlineData(2, "ServerFailure")]
    [InlineData(5, "Refused")]
    public async Task What_the_resolver_cannot_tell_is_a_dns_problem(int code, string named)
    {
        await using var dns = new StubDns((question, _) => StubDns.Reply(question, code, false, StubDns.Text(Name, Proof)));
        var problem = await ProbeAsync(dns);

        Assert.Equal("dns", problem?.Type);
        Assert.Contains(named, problem?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_is_asked_for_again_by_tcp()
    {
        var byTcp = false;
        await using var dns = new StubDns((question, tcp) =>
        {
            byTcp |= tcp;
            return tcp ? StubDns.Reply(question, [.. Enumerable.Range(0, 100).Select(i => StubDns.Text(Name, $"value {i}")), StubDns.Text(Name, Proof)]) : StubDns.Reply(question, 0, truncated: true);
        });

        Assert.Null(await ProbeAsync(dns));
        Assert.True(byTcp);
    }

    public static TheoryData<string, Func<byte[], byte[]>> Garbage => new()
    {
        { "another id", question => StubDns.Reply([(byte)(question[0] ^ 1), .. question[1..]], StubDns.Text(Name, Proof)) },
        { "noise", _ => [.. Enumerable.Repeat((byte)0xff, 64)] },
        { "one byte", _ => [0] },
        { "a header alone", question => StubDns.Reply(question, StubDns.Text(Name, Proof))[..12] },
        { "half a record", question => StubDns.Reply(question, StubDns.Text(Name, Proof))[..^20] },
        { "a name that points at itself", question => [.. StubDns.Reply(question)[..7], 1, 0, 0, 0, 0, .. question[12..^0].TakeWhile(b => b != 0), 0, 0, 16, 0, 1, 0xc0, 12 + 27 + 4] },
        { "a text longer than its record", question => StubDns.Reply(question, (Name, 16, [200, 1])) },
    };

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Garbage_is_a_dns_problem(string what, Func<byte[], byte[]> reply)
    {
        await using var dns = new StubDns((question, _) => reply(question));
        var problem = await ProbeAsync(dns);

        Assert.True(problem?.Type == "dns", $"{what}: {problem}");
    }

    [Fact]
    public async Task A_resolver_that_does_not_answer_is_given_up_at_the_deadline()
    {
        var time = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        await using var dns = new StubDns((_, _) =>
        {
            asked.TrySetResult();
            return null;
        });
        var probing = new LoopbackValidator(() => new ProbePorts(1, 1), time, dns.EndPoint).ValidateAsync(Probe(), Stop).AsTask();
        await asked.Task;
        Assert.False(probing.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(5));

        var problem = await probing;
        Assert.Equal("dns", problem?.Type);
        Assert.Contains("did not answer", problem?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resolver_that_is_not_there_is_a_dns_problem()
    {
        IPEndPoint gone;
        await using (var dns = new StubDns((_, _) => null)) gone = dns.EndPoint;
        var problem = await new LoopbackValidator(() => new ProbePorts(1, 1), TimeProvider.System, gone) { Deadline = TimeSpan.FromMilliseconds(50) }.ValidateAsync(Probe(), Stop);

        Assert.Equal("dns", problem?.Type);
    }

    [Fact]
    public async Task A_name_that_is_too_long_for_its_question_is_not_asked_for()
    {
        await using var dns = new StubDns((question, _) => StubDns.Reply(question));
        var name = string.Join('.', Enumerable.Repeat(new string('a', 59), 4)) + ".test";

        Assert.Equal("dns", (await ProbeAsync(dns, name))?.Type);
        Assert.Empty(dns.Asked);
    }

    [Fact]
    public async Task Only_a_resolver_on_this_machine_is_asked_and_none_proves_nothing()
    {
        Assert.Throws<ArgumentException>(() => new DnsProbe(IPEndPoint.Parse("192.0.2.1:53"), TimeProvider.System));
        Assert.Equal("dns", (await new LoopbackValidator(() => new ProbePorts(1, 1), TimeProvider.System).ValidateAsync(Probe(), Stop))?.Type);
    }

    private static ChallengeProbe Probe(string name = "shop.test") =>
        new() { Type = "dns-01", IdentifierType = "dns", Identifier = name, Token = "token", KeyAuthorization = KeyAuthorization, RecordName = $"_acme-challenge.{name}" };

    private static async Task<ChallengeProblem?> ProbeAsync(StubDns dns, string name = "shop.test") =>
        await new LoopbackValidator(() => new ProbePorts(1, 1), TimeProvider.System, dns.EndPoint) { Deadline = TimeSpan.FromSeconds(30) }.ValidateAsync(Probe(name), Stop);
}
