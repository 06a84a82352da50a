using System.Net;
using System.Text.Json;
using AcmeKestrel.CommandLine;
using AcmeKestrel.CommandLine.Doctoring;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>What an operator gets wrong is told with what to do, and looking changes nothing.</summary>
public sealed class DoctorVerbTests : CommandScene
{
    [Fact]
    public async Task Without_a_state_it_says_so_and_makes_none()
    {
        var said = await AcmeAsync("doctor", "--offline");

        Assert.Contains($"warning state: there is none at {State} yet", said.Text, StringComparison.Ordinal);
        Assert.Contains("ok      configuration: it is valid", said.Text, StringComparison.Ordinal);
        Assert.Contains("warning server: none runs on this state", said.Text, StringComparison.Ordinal);
        Assert.Equal(3, said.Exit);
        Assert.False(Directory.Exists(State));
        Assert.Empty(Requests);
    }

    [Fact]
    public async Task Beside_a_server_it_asks_the_CA_for_its_directory_alone_and_looks_names_up()
    {
        Settings["Acme:Domains:0"] = "localhost"; // Every machine's resolver knows it.
        var server = await ServeAsync();
        await Certificates(server).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        var asked = Requests.Count;

        var answer = await LookAsync();

        Assert.Contains(answer.Findings, finding => finding is { Subject: "server", Level: FindingLevel.Ok });
        Assert.Contains(answer.Findings, finding => finding is { Subject: "certificates", Level: FindingLevel.Ok, Message: "1 of 1 are current" });
        Assert.Contains(answer.Findings, finding => finding is { Subject: "account", Level: FindingLevel.Ok, Message: "there is one at test" });
        Assert.Contains(answer.Findings, finding => finding is { Subject: "CA", Level: FindingLevel.Ok });
        Assert.DoesNotContain(answer.Findings, finding => finding is { Level: FindingLevel.Wrong });
        Assert.Equal(["directory"], Requests.Skip(asked));
    }

    [Fact]
    public async Task What_is_wrong_is_told_with_what_to_do()
    {
        Settings["Acme:Domains:0"] = "shop.test";
        Refuse("shop.test", "connection refused");
        await AcmeAsync("reconcile");
        await AcmeAsync("want", "blog.test");
        await File.WriteAllTextAsync(Path.Combine(State, "desired", "broken.toml"), "domains = [", Token);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(State, File.GetUnixFileMode(State) | UnixFileMode.OtherWrite);
        Settings["Acme:AcceptTermsOfService"] = "false";
        Settings["Acme:Certificates:other:Names:0"] = "other.test";
        Settings["Acme:Certificates:other:Provider"] = "gone";
        Settings["Acme:Providers:gone:Directory"] = "https://ca.test/nothing-here";

        var answer = await LookAsync();

        Assert.Equal(FindingLevel.Wrong, answer.Level);
        Assert.Contains(answer.Findings, finding => finding is { Subject: "certificates", Level: FindingLevel.Wrong, Advice: "'acme explain shop.test' tells why, and what to do." });
        Assert.Contains(answer.Findings, finding => finding is { Subject: "wishes", Level: FindingLevel.Wrong } && finding.Message.Contains("broken.toml", StringComparison.Ordinal));
        Assert.Contains(answer.Findings, finding => finding is { Subject: "account", Level: FindingLevel.Wrong } && finding.Message.Contains("AcceptTermsOfService", StringComparison.Ordinal));
        Assert.Contains(answer.Findings, finding => finding is { Subject: "CA", Level: FindingLevel.Wrong } && finding.Message.StartsWith("gone:", StringComparison.Ordinal));
        Assert.Contains(answer.Findings, finding => finding is { Subject: "names", Level: FindingLevel.Wrong } && finding.Message.StartsWith("shop.test does not resolve", StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows()) Assert.Contains(answer.Findings, finding => finding is { Subject: "state", Level: FindingLevel.Wrong } && finding.Message.Contains("written by others", StringComparison.Ordinal));
        Assert.All(answer.Findings.Where(finding => finding.Level is FindingLevel.Wrong), finding => Assert.NotNull(finding.Advice));
    }

    /// <summary>Whoever orders may be another machine: nothing is wrong with a fleet that a command cannot see.</summary>
    [Fact]
    public async Task In_an_engine_nobody_is_missed_and_what_was_read_is_named()
    {
        var engine = new EngineStore(new MemoryStore());
        Also = services => services.AddSingleton<IAcmeStore>(engine);
        Settings["Acme:Domains:0"] = "localhost";
        await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);

        var answer = await LookAsync();

        Assert.Contains(answer.Findings, finding => finding is { Subject: "server", Level: FindingLevel.Ok } && finding.Message.Contains("cannot be seen from here", StringComparison.Ordinal));
        Assert.Contains(answer.Findings, finding => finding is { Subject: "certificates", Level: FindingLevel.Ok, Message: "1 of 1 are current" });
        Assert.Contains("what the engine says", (await AcmeAsync("status")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_that_cannot_be_read_are_one_finding_of_many()
    {
        Settings["Acme:Domains:0"] = "localhost";
        var engine = new FlakyStore(new EngineStore(new MemoryStore()));
        Also = services => services.AddSingleton<IAcmeStore>(engine);
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        engine.Listing = kind => kind == RecordKind.Account ? throw new StoreUnavailableException("the engine is away") : Task.CompletedTask;

        var answer = await LookAsync();

        Assert.Contains(answer.Findings, finding => finding is { Subject: "account", Level: FindingLevel.Wrong } && finding.Message.Contains("the engine is away", StringComparison.Ordinal));
        Assert.Contains(answer.Findings, finding => finding is { Subject: "certificates", Level: FindingLevel.Ok });
        Assert.Contains(answer.Findings, finding => finding is { Subject: "CA", Level: FindingLevel.Ok });
    }

    /// <summary>Two names may stand for one CA, and neither is written as the other; an account is one of both.</summary>
    [Theory]
    [InlineData("test")]
    [InlineData("ALIAS")]
    [InlineData("zeta")]
    public async Task An_account_is_found_by_each_name_of_its_CA(string provider)
    {
        Settings["Acme:Providers:alias:Directory"] = Settings["Acme:Providers:zeta:Directory"] = Settings["Acme:Providers:test:Directory"];
        Settings["Acme:Domains:0"] = "localhost";
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Settings["Acme:Certificates:other:Names:0"] = "other.test";
        Settings["Acme:Certificates:other:Provider"] = provider;

        var answer = await LookAsync();

        Assert.DoesNotContain(answer.Findings, finding => finding.Message.StartsWith("there is none at", StringComparison.Ordinal));
        Assert.Contains(answer.Findings, finding => finding is { Subject: "account", Level: FindingLevel.Ok, Message: "there is one at test" });
        Assert.Equal(0, (await AcmeAsync("account", "show", "--provider", provider)).Exit);
        Assert.Equal(0, (await AcmeAsync("account", "show", "--provider", "https://ca.test/directory")).Exit);
        Assert.Equal(1, (await AcmeAsync("account", "show", "--provider", "letsencrypt")).Exit);
    }

    [Theory]
    [InlineData("http://*:80;https://+:443", "Ok", "Ok")]
    [InlineData("https://[::]:8443", "Warning", "Warning")]
    [InlineData("http://localhost", "Warning", "Ok")]
    [InlineData("https://[::1]", "Ok", "Warning")]
    [InlineData("", "Warning", "Warning")]
    public void Endpoints_are_where_the_CA_asks(string urls, string tls, string http)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("urls", urls)]).Build();

        Assert.Equal([tls, http], EndpointLook.Look(configuration).Select(finding => finding.Level.ToString()));
    }

    /// <summary>Code that makes endpoints is no configuration, and what is served says that it made them.</summary>
    [Fact]
    public async Task An_endpoint_that_code_made_is_none_that_is_missing()
    {
        Settings.Remove("Kestrel:Endpoints:Https:Url");
        Settings["Acme:Domains:0"] = "localhost";
        Also = services => services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps()));
        await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);

        var answer = await LookAsync();

        Assert.Contains(answer.Findings, finding => finding is { Subject: "endpoints", Level: FindingLevel.Ok } && finding.Message.Contains("the server serves certificates", StringComparison.Ordinal));
        Assert.DoesNotContain(answer.Findings, finding => finding.Level is FindingLevel.Wrong);
    }

    [Theory]
    [InlineData(0, "Ok", "within two minutes")]
    [InlineData(119, "Ok", "within two minutes")]
    [InlineData(-121, "Wrong", "0.00:02:01 behind test's")]
    [InlineData(90_000, "Wrong", "1.01:00:00 ahead of test's")]
    public void The_clock_is_as_the_CAs(int seconds, string level, string words)
    {
        var theirs = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        var finding = CaLook.Clock("test", theirs, theirs.AddSeconds(seconds))!;

        Assert.Equal(level, finding.Level.ToString());
        Assert.Contains(words, finding.Message, StringComparison.Ordinal);
        Assert.Null(CaLook.Clock("test", null, theirs));
    }

    [Theory]
    [InlineData("corp", "Look at the network, at Acme:Providers:corp:Directory, and at TrustedRootsFile where the CA is a private one.")]
    [InlineData("https://ca.test/dir", "Look at the network, at that URL, and at Acme:Providers:<name>:TrustedRootsFile (with Acme:Providers:<name>:Directory = https://ca.test/dir) where the CA is a private one.")]
    public void What_to_look_at_where_a_CA_does_not_answer_are_keys_that_can_be_set(string provider, string advice)
    {
        Assert.Equal(advice, CaLook.Advice(provider));
    }

    private async Task<DoctorAnswer> LookAsync()
    {
        var said = await AcmeAsync("doctor", "--json");
        var answer = JsonSerializer.Deserialize(said.Text, AnswersJson.Default.DoctorAnswer)!;
        Assert.Equal(answer.Level switch { FindingLevel.Ok => 0, FindingLevel.Warning => 3, _ => 1 }, said.Exit);
        return answer;
    }
}
