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

    private readonly SortedDictionary<string, Wish> _wishes = new(StringComparer.Ordinal);

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
        var read = await feed.GetChangesAsync(asksAll: true, TestContext.Current.CancellationToken);

        Assert.Empty(read.Labels);
        var problem = Assert.Single(read.Problems);
        Assert.Equal("Api", problem.Origin);
        Assert.Contains("the medium is gone", problem.Message);
    }

    /// <summary>A database that comes up after the application says nothing when it can be read.</summary>
    [Fact]
    public async Task A_source_that_could_not_be_read_is_asked_again_in_a_minute_until_it_can()
    {
        var (source, time) = (new ScriptedSource { Failure = new IOException("not up yet") }, new FakeTimeProvider());
        using var configuration = new TestConfiguration(Provider, services => services.AddSingleton<TimeProvider>(time).AddSingleton<IDesiredCertificateSource>(source).AddAcme());
        var feed = configuration.Services.GetRequiredService<IWishFeed>();
        var heard = 0;
        using var listening = ChangeToken.OnChange(feed.GetChangeToken, () => heard++);
        for (var minute = 0; minute < 3; minute++)
        {
            Assert.Equal((minute, ""), (heard, await NamesAsync(feed)));
            time.Advance(TimeSpan.FromMinutes(1));
        }

        source.Failure = null;
        Assert.Equal("b.test", await NamesAsync(feed));
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal((3, 4), (heard, source.Asked));
    }

    /// <summary>A database whose connection hangs.</summary>
    [Fact]
    public async Task A_source_that_does_not_answer_is_waited_for_half_a_minute_once_and_heard_when_it_does()
    {
        var (source, time) = (new ScriptedSource { Answers = new TaskCompletionSource() }, new FakeTimeProvider());
        using var configuration = new TestConfiguration([.. Provider, ("Acme:Domains:0", "a.test")], services => services.AddSingleton<TimeProvider>(time).AddSingleton<IDesiredCertificateSource>(source).AddAcme());
        var feed = configuration.Services.GetRequiredService<IWishFeed>();

        var first = feed.GetChangesAsync(asksAll: true, TestContext.Current.CancellationToken).AsTask();
        time.Advance(TimeSpan.FromSeconds(30));
        var read = await first.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(["a.test"], read.Labels.Select(change => change.Label));
        Assert.Contains("does not answer, 30 s long", Assert.Single(read.Problems).Message, StringComparison.Ordinal);

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Single((await feed.GetChangesAsync(asksAll: true, TestContext.Current.CancellationToken)).Problems);
        source.Answers.SetResult();
        read = await feed.GetChangesAsync(asksAll: false, TestContext.Current.CancellationToken);
        Assert.Equal(("b.test", 0, 1), (string.Join(' ', read.Labels.Select(change => change.Label)), read.Problems.Count, source.Asked));
    }

    /// <summary>Whoever asked went away meanwhile.</summary>
    [Fact]
    public async Task An_answer_that_nobody_took_is_not_the_next_one()
    {
        var source = new ScriptedSource { Answers = new TaskCompletionSource() };
        using var configuration = new TestConfiguration(Provider, services => services.AddSingleton<IDesiredCertificateSource>(source).AddAcme());
        var feed = configuration.Services.GetRequiredService<IWishFeed>();
        using var gone = new CancellationTokenSource();
        var asking = feed.GetChangesAsync(asksAll: true, gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        source.Answers.SetResult();
        source.Change(["c.test"]);

        Assert.Equal("c.test", await NamesAsync(feed));
    }

    /// <summary>It was asked before the change, and answers after it.</summary>
    [Fact]
    public async Task What_changed_while_a_source_was_silent_is_asked_for()
    {
        var (source, time) = (new ScriptedSource { Answers = new TaskCompletionSource() }, new FakeTimeProvider());
        using var configuration = new TestConfiguration(Provider, services => services.AddSingleton<TimeProvider>(time).AddSingleton<IDesiredCertificateSource>(source).AddAcme());
        var feed = configuration.Services.GetRequiredService<IWishFeed>();
        var asking = feed.GetChangesAsync(asksAll: true, TestContext.Current.CancellationToken).AsTask();
        time.Advance(TimeSpan.FromSeconds(30));
        await asking.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        source.Change(["c.test"]);
        source.Answers.SetResult();

        var heard = 0;
        using var listening = ChangeToken.OnChange(feed.GetChangeToken, () => heard++);
        await feed.GetChangesAsync(asksAll: false, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.True(heard > 0);
        await feed.GetChangesAsync(asksAll: false, TestContext.Current.CancellationToken);
        Assert.Equal(2, source.Asked);
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
        Assert.InRange(heard, 1, 2);
        var reloaded = heard;
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.InRange(heard - reloaded, 1, 2);

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
            ["2 certificates are wished; new: a.test, b.test", "2 certificates are wished; new: c.test; no more: b.test"],
            configuration.Log.Entries.Where(entry => entry.Level == LogLevel.Information).Select(entry => entry.Text));
    }

    [Fact]
    public async Task Only_what_changed_is_told_and_a_source_that_says_nothing_is_not_asked_for_it()
    {
        var (source, many) = (new ScriptedSource(), new ManyRows());
        using var configuration = new TestConfiguration([.. Provider, ("Acme:Domains:0", "a.test")], services =>
        {
            services.AddSingleton<IDesiredCertificateSource>(source);
            services.AddSingleton<IDesiredCertificateSource>(many);
            services.AddAcme();
        });
        var feed = configuration.Services.GetRequiredService<IWishFeed>();
        many.Set("one", "m1.test");
        many.Set("two", "m2.test");
        Assert.Equal("a.test b.test m1.test m2.test", await NamesAsync(feed));

        source.Asked = 0;
        many.Set("two", "m3.test");
        var changed = await feed.GetChangesAsync(asksAll: false, TestContext.Current.CancellationToken);

        Assert.Equal(["m2.test: gone", "m3.test: m3.test"], changed.Labels.Select(change => $"{change.Label}: {change.After?.Label ?? "gone"}").Order());
        Assert.Equal((0, "1 3"), (source.Asked, string.Join(' ', many.Told)));
        Assert.Empty((await feed.GetChangesAsync(asksAll: false, TestContext.Current.CancellationToken)).Labels);

        // A position that the source has forgotten is answered with everything.
        many.Forget("one");
        changed = await feed.GetChangesAsync(asksAll: false, TestContext.Current.CancellationToken);
        Assert.Equal(["m1.test: gone"], changed.Labels.Select(change => $"{change.Label}: {change.After?.Label ?? "gone"}"));
    }

    [Fact]
    public async Task Other_defaults_change_the_wishes_that_have_them_and_no_other()
    {
        using var configuration = Create(new ScriptedSource(), ("Acme:Domains:0", "a.test"), ("Acme:Certificates:c.test:KeyType", "P384"));
        var feed = configuration.Services.GetRequiredService<IWishFeed>();
        Assert.Equal("a.test b.test c.test", await NamesAsync(feed));

        configuration.Reload([.. Provider, ("Acme:Domains:0", "a.test"), ("Acme:Certificates:c.test:KeyType", "P384"), ("Acme:KeyType", "Rsa2048")]);
        var changed = await feed.GetChangesAsync(asksAll: false, TestContext.Current.CancellationToken);

        Assert.Equal(["a.test", "b.test"], changed.Labels.Select(change => change.Label).Order());
        Assert.All(changed.Labels, change => Assert.Equal((AcmeKeyType.P256, AcmeKeyType.Rsa2048), (change.Before!.KeyType, change.After!.KeyType)));
    }

    private static bool IsWarning((LogLevel Level, string Text) entry) => entry.Level == LogLevel.Warning && entry.Text.StartsWith("the script: 'b_b.test'", StringComparison.Ordinal);

    private static TestConfiguration Create(ScriptedSource source, params (string, string?)[] values) => new([.. Provider, .. values], services =>
    {
        services.AddSingleton<IDesiredCertificateSource>(source);
        services.AddAcme();
    });

    /// <summary>Of all that is wished by now.</summary>
    private async Task<string> NamesAsync(IWishFeed feed)
    {
        foreach (var (label, _, wish) in (await feed.GetChangesAsync(asksAll: true, TestContext.Current.CancellationToken)).Labels)
        {
            if (wish is null) _wishes.Remove(label);
            else _wishes[label] = wish;
        }

        return string.Join(' ', _wishes.Values.SelectMany(wish => wish.Required));
    }

    private sealed class ScriptedSource : IDesiredCertificateSource
    {
        private string[] _names = ["b.test"];
        private ConfigurationReloadToken _changed = new();

        public Exception? Failure { get; set; }

        public Exception? TokenFailure { get; set; }

        public DesiredCertificates? Instead { get; set; }

        /// <summary>Null: at once.</summary>
        public TaskCompletionSource? Answers { get; set; }

        public AcmeWishSource Source => AcmeWishSource.Api;

        public int Asked { get; set; }

        public async ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken)
        {
            Asked++;
            var names = _names;
            if (Answers is not null) await Answers.Task;
            return Failure is null ? Instead ?? new DesiredCertificates([new DesiredCertificate(names, "the script")]) : throw Failure;
        }

        public IChangeToken GetChangeToken() => TokenFailure is null ? _changed : throw TokenFailure;

        public void Change(string[] names)
        {
            _names = names;
            Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
        }
    }

    /// <summary>Rows of a table, each with the moment of its last change.</summary>
    private sealed class ManyRows : IIncrementalDesiredCertificateSource
    {
        private readonly Dictionary<string, (DesiredCertificates Said, int ChangedAt)> _rows = [];
        private ConfigurationReloadToken _changed = new();
        private int _now;
        private int _forgotten;

        public List<int> Told { get; } = [];

        public AcmeWishSource Source => AcmeWishSource.Want;

        public void Set(string key, string name)
        {
            _rows[key] = (new DesiredCertificates([new DesiredCertificate([name], "row " + key)]), ++_now);
            Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
        }

        public void Forget(string key)
        {
            _rows.Remove(key);
            _forgotten = ++_now;
            Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
        }

        public IChangeToken GetChangeToken() => _changed;

        public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("It can tell what changed.");

        public ValueTask<DesiredChanges> ListChangesAsync(string? since, CancellationToken cancellationToken)
        {
            var position = since is null ? 0 : int.Parse(since);
            var isWhole = since is null || position < _forgotten;
            var told = _rows.Where(row => isWhole || row.Value.ChangedAt > position).ToDictionary(row => row.Key, row => row.Value.Said);
            if (told.Count > 0) Told.Add(isWhole ? 1 : _now);
            return ValueTask.FromResult(new DesiredChanges(told, $"{_now}") { IsWhole = isWhole });
        }
    }
}
