using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Configuration;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Upgrades;

/// <summary>An update: this version begins with the state directory of an earlier one, with the settings that it had.</summary>
public sealed class EarlierStateTests : IAsyncDisposable
{
    private readonly List<string> _ordered = [];
    private readonly RecordingLog _log = new();
    private readonly FakeTimeProvider _time = new();
    private LocalCaServer _ca = null!;
    private StateFolder _state = null!;

    public static TheoryData<string> Versions => [.. EarlierState.All];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _state?.Dispose();
        if (_ca is { } ca) await ca.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Its_state_is_served_from_the_start_kept_and_renewed_when_that_is_due(string version)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The state has links and modes.");
        var before = Begin(version);
        var shown = Links(before);
        Assert.NotEmpty(shown);

        await using (var edge = await StartAsync())
        {
            Assert.Equal(shown, Shown(edge));

            await edge.RunAsync(TimeSpan.FromMinutes(30));

            // An order was under way when that version was killed; its CA knows it no more.
            Assert.Equal(["late.test"], _ordered);
            Assert.Equal(AcmeCertificateState.Served, edge.Status("late.test").State);
            Assert.Equal(shown, Shown(edge).Where(label => shown.ContainsKey(label.Key)).ToDictionary());
            Assert.All(shown.Keys, label => Assert.Equal(AcmeCertificateState.Served, edge.Status(label).State));
            AssertKept(before);
        }

        _ordered.Clear();
        _time.Advance(TimeSpan.FromDays(70));
        await using (var due = await StartAsync())
        {
            Assert.Superset(shown.ToHashSet(), Shown(due).ToHashSet());
            await due.RunAsync(TimeSpan.FromHours(6));

            // What is on hold is not renewed, nor what is wished by visitors who come no more.
            var stays = shown.Keys.Where(label => due.Status(label).HeldSince is not null || before.ContainsKey($"on-demand/{label}.json")).ToList();
            Assert.All(shown.Keys.Except(stays), label => Assert.Single(_ordered, label));
            Assert.All(shown, label => Assert.Equal(stays.Contains(label.Key), Shown(due)[label.Key] == label.Value));
        }

        _ordered.Clear();
        await using (var again = await StartAsync())
        {
            Assert.Superset(shown.Keys.ToHashSet(), Shown(again).Keys.ToHashSet());
            await again.RunAsync(TimeSpan.FromMinutes(30));
            Assert.Empty(_ordered);
        }

        Assert.DoesNotContain(_log.Entries, entry => entry.Level >= LogLevel.Error);
    }

    /// <summary>Else what failed, and how often, would be forgotten with each update.</summary>
    [Theory]
    [MemberData(nameof(Versions))]
    public async Task What_failed_then_still_belongs_to_the_wish(string version)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The state has links and modes.");
        Begin(version);
        await using var edge = await StartAsync();
        var wish = edge.Get<Labels>().WishOf("broken.example.com")!;

        var schedule = (await ScheduleRecord.ReadAsync(edge.Session, "broken.example.com", Token))!;

        Assert.Equal(WishPrint.Of(wish, edge.Get<IAcmeSettings>().Current.Providers["local"]), schedule.WishPrint);
        Assert.NotEqual(0, schedule.Failures);
    }

    /// <summary>The state as it was left, some minutes later.</summary>
    private Dictionary<string, string> Begin(string version)
    {
        _state = new StateFolder(_time);
        EarlierState.CopyTo(version, _state.Path);
        var state = EarlierState.Read(_state.Path);
        var issued = state.Where(file => file.Key.EndsWith("meta.json", StringComparison.Ordinal)).Select(file => JsonNode.Parse(file.Value)!["issuedAt"]!.GetValue<DateTimeOffset>());
        _time.SetUtcNow(issued.Max().AddMinutes(5));
        _ca = Ca();
        return state;
    }

    /// <summary>The same CA as far as its address tells; like any embedded one it has forgotten its accounts and orders.</summary>
    private LocalCaServer Ca() => new(new LocalCaServerOptions
    {
        DirectoryUrl = "https://127.0.0.1:14443/directory",
        TimeProvider = _time,
        Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(null),
        Interceptor = (request, next, _) =>
        {
            var reply = next(request);
            if (request.Resource == "new-order" && reply.Status == 201) _ordered.AddRange(JsonNode.Parse(reply.Body.Span)!["identifiers"]!.AsArray().Select(name => name!["value"]!.GetValue<string>()));
            return ValueTask.FromResult(reply);
        },
    });

    private async Task<Edge> StartAsync()
    {
        var edge = await Edge.StartAsync(_time, new TestCa(_time), new TestSettings(), new PromptStore(_state.Open()), [], _ca.CreateHandler, _log, also: AsItWas);
        Assert.True(edge.Get<StateLease>().Session is not null, string.Join('\n', _log.Entries));
        await edge.Get<WishFollower>().ReadAsync(Token);
        return edge;
    }

    /// <summary>The settings that the earlier version had, read as an application's are.</summary>
    private void AsItWas(IServiceCollection services)
    {
        services.RemoveAll<IAcmeSettings>().RemoveAll<IWishFeed>();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Acme:Provider"] = "local",
            ["Acme:Providers:local:Directory"] = "https://127.0.0.1:14443/directory",
            ["Acme:AcceptTermsOfService"] = "true",
            ["Acme:Email"] = "ops@example.test",
            ["Acme:Preflight"] = "false",
            ["Acme:StateDirectory"] = _state.Path,
            ["Acme:Domains:0"] = "shop.test www.shop.test",
            ["Acme:Domains:1"] = "broken.example.com",
            ["Acme:Domains:2"] = "late.test",
            ["Acme:Domains:3"] = "app.localhost",
        }).Build());
        services.AddSingleton(new StateDirectoryOptions(_state.Path, null));
        services.AddAcmeConfiguration();
        services.AddAcmeDesired();
        new Building(services).AddOnDemand((_, _) => ValueTask.FromResult(true));
    }

    /// <summary>Nothing that was kept is gone but what an order that ends takes with it; certificates, keys and the operator's files are as they were.</summary>
    private void AssertKept(Dictionary<string, string> before)
    {
        var after = EarlierState.Read(_state.Path);
        Assert.DoesNotContain(before.Keys.Except(after.Keys), path => !new Regex("^(orders|answers)/|/_version\\.").IsMatch(path));
        var kept = new Regex("^(certs|desired|local-ca)/|/privkey$");
        Assert.All(before.Where(file => kept.IsMatch(file.Key)), file => Assert.Equal(file.Value, after[file.Key]));
    }

    /// <summary>Each label's generation, as programs outside see it.</summary>
    private static Dictionary<string, string> Links(Dictionary<string, string> state) => state
        .Where(file => file.Key.StartsWith("certs/", StringComparison.Ordinal) && file.Value.StartsWith("-> ", StringComparison.Ordinal))
        .ToDictionary(file => file.Key["certs/".Length..], file => file.Value[(file.Value.IndexOf('@') + 1)..]);

    private static Dictionary<string, string> Shown(Edge edge) => edge.Published.Current.ToDictionary(label => label.Key, label => label.Value.Id);

    private sealed record Building(IServiceCollection Services) : IAcmeBuilder;
}
