using System.Collections.Concurrent;
using System.Net;
using AcmeKestrel.Dns.Lookup;
using AcmeKestrel.Tests.LocalCa;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Dns;

public sealed class DnsLookupTests
{
    private const string Name = "_acme-challenge.shop.test";
    private const string Value = "DIGEST-of-the-key-authorization_43characters";

    /// <summary>However busy the machine is: whoever answers, answers in time.</summary>
    private readonly DnsLookup _lookup = new(new PatientTime());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_leads_where_its_aliases_lead_and_else_to_itself()
    {
        await using var dns = new TableDns().AddZone("shop.test").AddAlias(Name, "a.auth.test").AddAlias("a.auth.test", "b.auth.test").AddZone("auth.test");

        Assert.Equal("b.auth.test", await _lookup.FindTargetAsync("_ACME-challenge.shop.test", [dns.EndPoint], Token));
        Assert.Equal("_acme-challenge.other.shop.test", await _lookup.FindTargetAsync("_acme-challenge.other.shop.test", [dns.EndPoint], Token));
    }

    /// <summary>It would keep for a while that there is nothing, and say so when it is asked for the record.</summary>
    [Fact]
    public async Task Where_a_name_leads_is_no_resolver_asked_that_keeps_what_is_not_there_yet()
    {
        RequireLoopbackNet();
        await using var authority = new TableDns().AddZone("shop.test", "127.0.0.1").AddZone("auth.test", "127.0.0.1").AddAlias("_acme-challenge.moved.shop.test", "moved.auth.test");
        await using var resolver = new TableDns("127.0.0.3") { IsAuthoritative = false, KeepsAbsences = true }.AddZone("shop.test", "127.0.0.1").AddZone("auth.test", "127.0.0.1");
        IReadOnlyList<IPEndPoint> resolvers = [resolver.EndPoint, authority.EndPoint];

        Assert.Equal(Name, await _lookup.FindTargetAsync(Name, resolvers, Token));
        Assert.Equal("moved.auth.test", await _lookup.FindTargetAsync("_acme-challenge.moved.shop.test", resolvers, Token));

        foreach (var place in (string[])[Name, "moved.auth.test"])
        {
            authority.AddText(place, Value);
            resolver.AddText(place, Value);
            Assert.Empty(await _lookup.FindAbsencesAsync(place, Value, resolvers, Token));
        }
    }

    [Fact]
    public async Task Where_a_name_leads_the_resolvers_tell_if_no_authoritative_server_can_be_asked_from_here()
    {
        RequireLoopbackNet();
        await using var authority = new TableDns().AddZone("shop.test", "127.0.0.1");
        await using var resolver = new TableDns("127.0.0.3") { IsAuthoritative = false }.AddZone("shop.test", "127.0.0.1").AddZone("auth.test", "127.0.0.1").AddAlias(Name, "moved.auth.test");
        authority.Instead = (question, _) => StubDns.Reply(question, 5, false);

        Assert.Equal("moved.auth.test", await _lookup.FindTargetAsync(Name, [resolver.EndPoint, authority.EndPoint], Token));
    }

    /// <summary>The zone's <c>*</c> is for visitors; a record of the name's own ends what it makes.</summary>
    [Theory]
    [InlineData("_acme-challenge.shop.test")]
    [InlineData("_acme-challenge.any.shop.test")]
    [InlineData("_ujmmovf2vn55tgye._acme-challenge.shop.test")]
    public async Task An_alias_that_a_zone_has_for_all_names_is_not_followed(string name)
    {
        await using var dns = new TableDns().AddZone("shop.test", "127.0.0.1").AddAlias("*.shop.test", "balancer.hoster.test").AddZone("hoster.test", "127.0.0.1");

        Assert.Equal(name, await _lookup.FindTargetAsync(name, [dns.EndPoint], Token));
        Assert.Equal("has a CNAME record to balancer.hoster.test there", Assert.Single(await _lookup.FindAbsencesAsync(name, Value, [dns.EndPoint], Token)).Reason);

        dns.AddText(name, Value);
        Assert.Empty(await _lookup.FindAbsencesAsync(name, Value, [dns.EndPoint], Token));
    }

    [Fact]
    public async Task An_alias_of_the_names_own_is_followed_beside_one_for_all_names()
    {
        await using var dns = new TableDns().AddZone("shop.test", "127.0.0.1").AddAlias("*.shop.test", "balancer.hoster.test").AddAlias(Name, "moved.auth.test").AddZone("auth.test", "127.0.0.1");

        Assert.Equal("moved.auth.test", await _lookup.FindTargetAsync(Name, [dns.EndPoint], Token));
    }

    [Fact]
    public async Task Aliases_in_a_circle_or_without_end_are_named()
    {
        await using var dns = new TableDns().AddZone("test").AddAlias("a.test", "b.test").AddAlias("b.test", "a.test");
        for (var i = 0; i < 12; i++) dns.AddAlias($"c{i}.test", $"c{i + 1}.test");

        Assert.Equal("CNAME records lead in a circle: a.test -> b.test -> a.test", await FaultAsync(() => _lookup.FindTargetAsync("a.test", [dns.EndPoint], Token)));
        Assert.StartsWith("More than 8 CNAME records follow one another: c0.test -> c1.test", await FaultAsync(() => _lookup.FindTargetAsync("c0.test", [dns.EndPoint], Token)), StringComparison.Ordinal);
        Assert.Contains("in a circle", await FaultAsync(() => _lookup.FindCaaAsync("a.test", [dns.EndPoint], Token)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_lags_is_named_until_it_has_the_value()
    {
        RequireLoopbackNet();
        await using var first = new TableDns().AddZone("shop.test", "127.0.0.1", "127.0.0.2").AddText(Name, "other").AddText(Name, Value[..20], Value[20..]);
        await using var second = new TableDns("127.0.0.2").AddZone("shop.test", "127.0.0.1", "127.0.0.2");

        Assert.Equal([new DnsAbsence($"ns2.shop.test ({second.EndPoint})", "has no such record")], await AbsencesAsync(first, second));
        second.AddText(Name, "other");
        Assert.Equal("has 1 other value", Assert.Single(await AbsencesAsync(first, second)).Reason);
        second.AddText(Name, "another");
        Assert.Equal("has 2 other values", Assert.Single(await AbsencesAsync(first, second)).Reason);
        second.AddText(Name, Value);
        Assert.Empty(await AbsencesAsync(first, second));

        Assert.DoesNotContain(second.Asked, asked => asked.Name == Name && asked.Type != TableDns.Txt);
    }

    /// <summary>Or each of them would keep for a while that there is nothing.</summary>
    [Fact]
    public async Task Resolvers_are_asked_for_the_record_when_all_authoritative_servers_have_it()
    {
        RequireLoopbackNet();
        await using var authority = new TableDns().AddZone("shop.test", "127.0.0.1");
        await using var resolver = new TableDns("127.0.0.3") { IsAuthoritative = false }.AddZone("shop.test", "127.0.0.1");

        Assert.Single(await AbsencesAsync(authority, resolver));
        Assert.DoesNotContain(resolver.Asked, asked => asked.Name == Name);

        authority.AddText(Name, Value);
        Assert.Equal([new DnsAbsence($"resolver {resolver.EndPoint}", "has no such record")], await AbsencesAsync(authority, resolver));
        resolver.AddText(Name, Value);
        Assert.Empty(await AbsencesAsync(authority, resolver));
    }

    [Fact]
    public async Task A_delegation_of_the_name_itself_is_followed()
    {
        RequireLoopbackNet();
        await using var parent = new TableDns().AddZone("shop.test", "127.0.0.1").Add("ns.acme.test", TableDns.A, 127, 0, 0, 2);
        await using var child = new TableDns("127.0.0.2").AddZone(Name, "127.0.0.2");
        parent.Instead = (question, _) => question.AsSpan().IndexOf("_acme-challenge"u8) >= 0 ? TableDns.Refer(question, Name, "ns.acme.test") : null;

        Assert.Equal([new DnsAbsence($"ns.acme.test ({child.EndPoint})", "has no such record")], await AbsencesAsync(parent, child));
        child.AddText(Name, Value);
        Assert.Empty(await AbsencesAsync(parent, child));
    }

    /// <summary>Thirteen servers that refer to thirteen would make a hundred and sixty-nine questions.</summary>
    [Fact]
    public async Task A_server_to_which_several_refer_is_asked_once()
    {
        RequireLoopbackNet();
        await using var first = new TableDns().AddZone("shop.test", "127.0.0.1", "127.0.0.3").Add("ns.acme.test", TableDns.A, 127, 0, 0, 2);
        await using var second = new TableDns("127.0.0.3");
        await using var child = new TableDns("127.0.0.2").AddZone(Name, "127.0.0.2");
        foreach (var parent in (TableDns[])[first, second]) parent.Instead = (question, _) => question.AsSpan().IndexOf("_acme-challenge"u8) >= 0 ? TableDns.Refer(question, Name, "ns.acme.test") : null;

        Assert.Equal([new DnsAbsence($"ns.acme.test ({child.EndPoint})", "has no such record")], await AbsencesAsync(first, second, child));

        Assert.Single(child.Asked, asked => asked == (Name, TableDns.Txt));
    }

    /// <summary>Of the servers of both zones.</summary>
    [Fact]
    public async Task A_server_that_answers_itself_is_not_asked_once_more_where_another_one_refers_to_it()
    {
        RequireLoopbackNet();
        await using var both = new TableDns().AddZone("shop.test", "127.0.0.1", "127.0.0.3").AddZone(Name);
        await using var parent = new TableDns("127.0.0.3") { Instead = (question, _) => TableDns.Refer(question, Name, "ns1.shop.test") };

        Assert.Equal([new DnsAbsence($"ns1.shop.test ({both.EndPoint})", "has no such record")], await AbsencesAsync(both, parent));

        Assert.Single(both.Asked, asked => asked == (Name, TableDns.Txt));
    }

    [Fact]
    public async Task What_servers_do_instead_is_said_of_each()
    {
        await using var dns = new TableDns().AddZone("shop.test", "127.0.0.1");
        foreach (var (reply, reason) in new (Func<byte[], byte[]?>, string)[]
        {
            (question => StubDns.Reply(question, 5, false), "refuses to answer (REFUSED)"),
            (question => StubDns.Reply(question, 2, false), "says SERVFAIL"),
            (question => StubDns.Reply(question, StubDns.Text(Name, Value))[..^1], "gives an answer that cannot be read"),
            (question => StubDns.Reply(question, StubDns.Text(Name, Value)), "is not authoritative for it"),
            (question => StubDns.Reply(question, StubDns.Text("_acme-challenge.other.test", Value)), "has no such record"),
            (question => StubDns.Reply(question, StubDns.Alias(Name, "else.test"), StubDns.Text("else.test", Value)), "has a CNAME record to else.test there"),
        })
        {
            dns.Instead = (question, _) => question.AsSpan().IndexOf("_acme-challenge"u8) >= 0 ? reply(question) : null;

            Assert.Equal([new DnsAbsence($"ns1.shop.test ({dns.EndPoint})", reason)], await AbsencesAsync(dns));
        }
    }

    [Fact]
    public async Task A_server_without_an_address_or_that_is_away_shows_nothing()
    {
        await using var dns = new TableDns().AddZone("shop.test", "127.0.0.1").AddText(Name, Value).Add("shop.test", TableDns.Ns, StubDns.Labels("gone.shop.test"));

        Assert.Equal([new DnsAbsence("gone.shop.test", "has no address") { MayBePassedOver = true }], await AbsencesAsync(dns));
        dns.Add("gone.shop.test", TableDns.A, 127, 0, 0, 9);
        var absence = Assert.Single(await _lookup.FindAbsencesAsync(Name, Value, [dns.EndPoint, new IPEndPoint(IPAddress.Parse("127.0.0.9"), 9)], Token), absence => absence.Server.StartsWith("gone", StringComparison.Ordinal));
        Assert.True(absence.Reason == "does not answer" || absence.Reason.StartsWith("cannot be reached", StringComparison.Ordinal), absence.Reason);
    }

    /// <summary>A secondary that was given up years ago, and still stands in the zone.</summary>
    [Fact]
    public async Task A_server_that_tells_nothing_may_be_passed_over_where_another_one_shows_the_record()
    {
        RequireLoopbackNet();
        await using var first = new TableDns().AddZone("shop.test", "127.0.0.1", "127.0.0.2", "127.0.0.3");
        await using var lame = new TableDns("127.0.0.2") { Instead = (question, _) => StubDns.Reply(question, 5, false) };
        await using var lagging = new TableDns("127.0.0.3").AddZone("shop.test", "127.0.0.1", "127.0.0.2", "127.0.0.3");

        Assert.DoesNotContain(await AbsencesAsync(first, lame, lagging), absence => absence.MayBePassedOver);
        first.AddText(Name, Value);
        Assert.Equal(["ns2.shop.test"], (await AbsencesAsync(first, lame, lagging)).Where(absence => absence.MayBePassedOver).Select(absence => absence.Server.Split(' ')[0]));
    }

    [Fact]
    public async Task Resolvers_that_are_named_must_show_the_record_though_a_server_may_be_passed_over()
    {
        RequireLoopbackNet();
        await using var authority = new TableDns().AddZone("shop.test", "127.0.0.1").AddText(Name, Value).Add("shop.test", TableDns.Ns, StubDns.Labels("gone.shop.test"));
        await using var resolver = new TableDns("127.0.0.3") { IsAuthoritative = false }.AddZone("shop.test", "127.0.0.1");
        var gone = new DnsAbsence("gone.shop.test", "has no address") { MayBePassedOver = true };

        Assert.Equal([gone, new DnsAbsence($"resolver {resolver.EndPoint}", "has no such record")], await AbsencesAsync(authority, resolver));
        resolver.AddText(Name, Value);
        Assert.Equal([gone], await AbsencesAsync(authority, resolver));
    }

    [Fact]
    public async Task A_server_that_is_named_as_a_resolver_is_not_passed_over()
    {
        RequireLoopbackNet();
        await using var first = new TableDns().AddZone("shop.test", "127.0.0.1", "127.0.0.2").AddText(Name, Value);
        await using var lame = new TableDns("127.0.0.2") { Instead = (question, _) => StubDns.Reply(question, 5, false) };

        Assert.Equal([$"ns2.shop.test ({lame.EndPoint})", $"resolver {lame.EndPoint}"], (await AbsencesAsync(first, lame)).Select(absence => absence.Server));
    }

    [Fact]
    public async Task Long_answers_come_by_TCP()
    {
        await using var dns = new TableDns { Truncates = true }.AddZone("shop.test", "127.0.0.1").AddText(Name, Value);

        Assert.Empty(await AbsencesAsync(dns));
        Assert.Equal([Value], Assert.Single(await _lookup.FindTextsByServerAsync(Name, [dns.EndPoint], Token)).Values);
    }

    [Fact]
    public async Task CAA_records_are_read_where_aliases_lead()
    {
        await using var dns = new TableDns().AddZone("test").AddAlias("a.test", "b.test").AddText("b.test", "one")
            .AddCaa("b.test", 128, "issue", "ca.example; accounturi=https://ca.example/1").AddCaa("b.test", 0, "iodef", "mailto:x@example.com");

        Assert.Equal(
            [new CaaRecord(false, "iodef", "mailto:x@example.com", "b.test"), new CaaRecord(true, "issue", "ca.example; accounturi=https://ca.example/1", "b.test")],
            (await _lookup.FindCaaAsync("a.test", [dns.EndPoint], Token)).OrderBy(record => record.Tag));
        Assert.Empty(await _lookup.FindCaaAsync("nothing.test", [dns.EndPoint], Token));
    }

    [Fact]
    public async Task The_next_resolver_is_asked_where_one_does_not_answer_and_all_are_named_where_none_does()
    {
        await using var broken = new TableDns { Instead = (question, _) => StubDns.Reply(question, 2, false) };
        await using var good = new TableDns().AddZone("shop.test").AddCaa("shop.test", 0, "issue", Value);

        Assert.Equal([Value], (await _lookup.FindCaaAsync("shop.test", [broken.EndPoint, good.EndPoint], Token)).Select(record => record.Value));
        Assert.Equal($"No resolver tells the CAA records of shop.test: {broken.EndPoint} says SERVFAIL", await FaultAsync(() => _lookup.FindCaaAsync("shop.test", [broken.EndPoint], Token)));
        Assert.Contains("is no name that DNS can be asked for", await FaultAsync(() => _lookup.FindCaaAsync($"{new string('a', 64)}.test", [good.EndPoint], Token)), StringComparison.Ordinal);
    }

    /// <summary>Each question would cost five seconds, and a look has thirty.</summary>
    [Fact]
    public async Task A_resolver_that_lets_one_wait_in_vain_is_asked_last_for_a_minute()
    {
        RequireLoopbackNet();
        var time = new FakeTimeProvider();
        using var lookup = new DnsLookup(time);
        var questions = new ConcurrentDictionary<string, bool>();
        await using var silent = new StubDns((question, _) =>
        {
            // It is sent more than once.
            if (questions.TryAdd(Convert.ToHexString(question), true)) time.Advance(TimeSpan.FromSeconds(5));
            return null;
        });
        await using var good = new TableDns("127.0.0.3").AddZone("shop.test", "127.0.0.3").AddAlias(Name, "moved.auth.test").AddZone("auth.test", "127.0.0.3").AddText("moved.auth.test", Value);
        IReadOnlyList<IPEndPoint> resolvers = [silent.EndPoint, good.EndPoint];

        Assert.Equal("moved.auth.test", await lookup.FindTargetAsync(Name, resolvers, Token));
        Assert.Equal([Value], Assert.Single(await lookup.FindTextsByServerAsync("moved.auth.test", resolvers, Token)).Values);
        Assert.Single(questions);

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(await lookup.FindCaaAsync("shop.test", resolvers, Token));
        Assert.Equal(2, questions.Count);
    }

    /// <summary>A text of more than 255 bytes is a record of several strings (RFC 1035 section 3.3).</summary>
    [Fact]
    public async Task What_each_server_has_is_told_of_each()
    {
        RequireLoopbackNet();
        var text = "ca.test; accounturi=https://ca.test/" + new string('a', 300);
        await using var first = new TableDns().AddZone("shop.test", "127.0.0.1", "127.0.0.2").AddText(Name, text[..255], text[255..]).AddText(Name, "v=spf1");
        await using var second = new TableDns("127.0.0.2").AddZone("shop.test", "127.0.0.1", "127.0.0.2");

        var told = (await TextsByServerAsync(first, second)).OrderBy(one => one.Server, StringComparer.Ordinal).ToList();
        Assert.Equal([($"ns1.shop.test ({first.EndPoint})", null), ($"ns2.shop.test ({second.EndPoint})", null)], told.Select(one => (one.Server, one.Fault)));
        Assert.Equal([text, "v=spf1"], told[0].Values.Order(StringComparer.Ordinal));
        Assert.Empty(told[1].Values);

        second.Instead = (question, _) => question.AsSpan().IndexOf("_acme-challenge"u8) >= 0 ? StubDns.Reply(question, 2, false) : null;
        Assert.Equal("says SERVFAIL", (await TextsByServerAsync(first, second)).Single(one => one.Server.StartsWith("ns2", StringComparison.Ordinal)).Fault);
        second.Instead = (question, _) => question.AsSpan().IndexOf("_acme-challenge"u8) >= 0 ? StubDns.Reply(question, StubDns.Text(Name, text[..255])) : null;
        Assert.Equal("is not authoritative for it", (await TextsByServerAsync(first, second)).Single(one => one.Server.StartsWith("ns2", StringComparison.Ordinal)).Fault);
    }

    private Task<IReadOnlyList<DnsTexts>> TextsByServerAsync(params TableDns[] resolvers) => _lookup.FindTextsByServerAsync(Name, [.. resolvers.Select(dns => dns.EndPoint)], Token);

    private Task<IReadOnlyList<DnsAbsence>> AbsencesAsync(params TableDns[] resolvers) => _lookup.FindAbsencesAsync(Name, Value, [.. resolvers.Select(dns => dns.EndPoint)], Token);

    private static async Task<string> FaultAsync(Func<Task> looking) => (await Assert.ThrowsAsync<DnsProviderException>(looking)).Message;

    private static void RequireLoopbackNet() => Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsWindows(), "All of 127.0.0.0/8 is this host on Linux and Windows only.");
}
