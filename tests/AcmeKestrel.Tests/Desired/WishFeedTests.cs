using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using AcmeKestrel.Tests.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Desired;

public sealed class WishFeedTests
{
    private static readonly (string, string?)[] Provider = [("Acme:Provider", "mine"), ("Acme:Providers:mine:Directory", "https://ca.test/dir"), ("Acme:StateDirectory", "/nowhere/acme-test")];

    [Fact]
    public async Task Options_and_other_sources_are_merged_and_a_change_of_either_tells()
    {
        var source = new ScriptedSource();
        using var configuration = Create(source, ("Acme:Domains:0", "a.test"));
        var feed = configuration.Services.GetRequiredService<IWishFeed>();
        Assert.Equal("a.test b.test", await NamesAsync(feed));

        var token = feed.GetChangeToken();
        source.Change(["c.test"]);
        Assert.True(token.HasChanged);
        Assert.Equal("a.test c.test", await NamesAsync(feed));

        token = feed.GetChangeToken();
        configuration.Reload([.. Provider, ("Acme:Domains:0", "d.test")]);
        Assert.True(token.HasChanged);
        Assert.Equal("c.test d.test", await NamesAsync(feed));
    }

    [Fact]
    public async Task A_source_that_throws_keeps_its_last_good_list_and_is_a_problem()
    {
        var source = new ScriptedSource();
        using var configuration = Create(source);
        var feed = configuration.Services.GetRequiredService<IWishFeed>();
        await NamesAsync(feed);

        source.Failure = new IOException("the medium is gone");
        var merged = await feed.GetAsync(TestContext.Current.CancellationToken);

        Assert.Equal("b.test", Assert.Single(merged.Wishes).Label);
        var problem = Assert.Single(merged.Problems);
        Assert.Equal("Api", problem.Origin);
        Assert.Contains("the medium is gone", problem.Message);
    }

    [Fact]
    public async Task A_source_that_cannot_say_when_it_changes_is_asked_again_and_keeps_no_other_from_being_heard()
    {
        var (source, time) = (new ScriptedSource(), new FakeTimeProvider());
        using var configuration = new TestConfiguration([.. Provider, ("Acme:Domains:0", "a.test")], services =>
        {
            services.AddSingleton<TimeProvider>(time);
            services.AddSingleton<IDesiredCertificateSource>(source);
            services.AddAcme();
        });
        var feed = configuration.Services.GetRequiredService<IWishFeed>();
        var heard = 0;
        source.TokenFailure = new IOException("no watcher is left");
        using var listening = ChangeToken.OnChange(feed.GetChangeToken, () => heard++);

        configuration.Reload([.. Provider, ("Acme:Domains:0", "d.test")]);
        Assert.Equal(1, heard);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.InRange(heard, 2, 3);

        source.TokenFailure = null;
        time.Advance(TimeSpan.FromMinutes(1));
        var before = heard;
        source.Change(["c.test"]);
        Assert.True(heard > before, "It is not heard although it can say so again.");
        Assert.Equal("c.test d.test", await NamesAsync(feed));
    }

    [Fact]
    public async Task A_source_whose_entries_have_no_names_keeps_its_last_good_list_and_no_other_from_being_read()
    {
        var source = new ScriptedSource();
        using var configuration = Create(source, ("Acme:Domains:0", "a.test"));
        var feed = configuration.Services.GetRequiredService<IWishFeed>();
        await NamesAsync(feed);

        source.Instead = new DesiredCertificates([new DesiredCertificate(["x.test"], "the script") with { Names = null! }]);

        Assert.Equal("a.test b.test", await NamesAsync(feed));
    }

    [Fact]
    public async Task A_problem_is_logged_when_it_appears_and_not_at_every_look()
    {
        var source = new ScriptedSource();
        using var configuration = Create(source);
        var feed = configuration.Services.GetRequiredService<IWishFeed>();
        source.Change(["b_b.test"]);

        await NamesAsync(feed);
        await NamesAsync(feed);
        Assert.Single(configuration.Log.Entries, IsWarning);

        source.Change(["b.test"]);
        await NamesAsync(feed);
        source.Change(["b_b.test"]);
        await NamesAsync(feed);
        Assert.Equal(2, configuration.Log.Entries.Count(IsWarning));
    }

    [Fact]
    public async Task What_is_wished_is_said_once_and_again_when_it_is_not_what_it_was()
    {
        var source = new ScriptedSource();
        using var configuration = Create(source, ("Acme:Domains:0", "a.test"));
        var feed = configuration.Services.GetRequiredService<IWishFeed>();

        await NamesAsync(feed);
        await NamesAsync(feed);
        source.Change(["c.test"]);
        await NamesAsync(feed);

        Assert.Equal(
            ["2 certificates are wished: a.test, b.test", "2 certificates are wished: a.test, c.test"],
            configuration.Log.Entries.Where(entry => entry.Level == LogLevel.Information).Select(entry => entry.Text));
    }

    private static bool IsWarning((LogLevel Level, string Text) entry) => entry.Level == LogLevel.Warning && entry.Text.StartsWith("the script: 'b_b.test'", StringComparison.Ordinal);

    private static TestConfiguration Create(ScriptedSource source, params (string, string?)[] values) => new([.. Provider, .. values], services =>
    {
        services.AddSingleton<IDesiredCertificateSource>(source);
        services.AddAcme();
    });

    private static async Task<string> NamesAsync(IWishFeed feed) =>
        string.Join(' ', (await feed.GetAsync(TestContext.Current.CancellationToken)).Wishes.SelectMany(wish => wish.Required));

    private sealed class ScriptedSource : IDesiredCertificateSource
    {
        private string[] _names = ["b.test"];
        private ConfigurationReloadToken _changed = new();

        public Exception? Failure { get; set; }

        public Exception? TokenFailure { get; set; }

        public DesiredCertificates? Instead { get; set; }

        public AcmeWishSource Source => AcmeWishSource.Api;

        public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken) =>
            Failure is null ? ValueTask.FromResult(Instead ?? new DesiredCertificates([new DesiredCertificate(_names, "the script")])) : throw Failure;

        public IChangeToken GetChangeToken() => TokenFailure is null ? _changed : throw TokenFailure;

        public void Change(string[] names)
        {
            _names = names;
            Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
        }
    }
}
