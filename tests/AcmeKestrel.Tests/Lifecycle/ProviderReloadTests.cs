using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Management;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Providers that a reload of the configuration adds, changes and takes away while a host runs: two CAs, a certificate that moves between them, and one that nothing of it concerns.</summary>
public sealed class ProviderReloadTests : IAsyncDisposable
{
    private const string First = "https://first.test/directory";
    private const string Second = "https://second.test/directory";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly ReloadableSource _source = new(Settings());
    private readonly RecordingLog _log = new();
    private readonly MemoryStore _store = new();
    private readonly AwaitedPublisher _published = new();
    private readonly WatchedCa _first = new(First);
    private readonly WatchedCa _second = new(Second);
    private IHost? _host;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IAcmeCertificates Certificates => _host!.Services.GetRequiredService<IAcmeCertificates>();

    [Fact]
    public async Task A_certificate_moves_to_a_provider_that_is_added_and_nothing_else_is_touched()
    {
        await StartAsync();
        var (stays, atFirst) = (Of("stays.test"), _first.Requests.Count);
        Assert.Equal(First, Of("moves.test").Origin.DirectoryUrl);

        await ReloadAsync(Settings(second: Second, moves: "second"));

        Assert.Equal(Second, Of("moves.test").Origin.DirectoryUrl);
        Assert.Equal((stays.Id, atFirst, 1), (Of("stays.test").Id, _first.Requests.Count, _second.Requests.Count(request => request == "new-order")));
        Assert.All(Certificates.List(), status => Assert.Equal(AcmeCertificateState.Served, status.State));
    }

    [Fact]
    public async Task A_certificate_of_a_provider_that_is_changed_to_another_CA_is_ordered_there_and_no_other_one()
    {
        await StartAsync(Settings(second: Second, moves: "second"));
        var (stays, atSecond) = (Of("stays.test"), _second.Requests.Count);
        Assert.Equal(Second, Of("moves.test").Origin.DirectoryUrl);

        await ReloadAsync(Settings(second: First, moves: "second"));

        Assert.Equal(First, Of("moves.test").Origin.DirectoryUrl);
        Assert.Equal((stays.Id, atSecond, 2), (Of("stays.test").Id, _second.Requests.Count, _first.Requests.Count(request => request == "new-order")));
    }

    /// <summary>There is nobody left to ask for the order; the certificate is served on until the next one is here.</summary>
    [Fact]
    public async Task An_order_at_a_provider_that_is_removed_is_given_up_and_its_certificate_comes_from_the_one_that_is_wished_now()
    {
        await StartAsync();
        var (stays, before) = (Of("stays.test"), Of("moves.test"));
        var (asked, held) = (Signal(), Signal());
        _second.Validation = async () =>
        {
            asked.TrySetResult();
            await held.Task;
        };
        Reload(Settings(second: Second, moves: "second"));
        await asked.Task.WaitAsync(Deadline, Token);
        Assert.Equal(AcmeCertificateState.Ordering, Certificates.List().Single(status => status.Label == "moves.test").State);

        // Before the CA is asked for anything else.
        _second.IsGone = true;
        await ReloadAsync(Settings());
        held.SetResult();

        // What was served all the while satisfies again: nothing is ordered in its place.
        Assert.Equal((before.Id, stays.Id), (Of("moves.test").Id, Of("stays.test").Id));
        Assert.Equal(2, _first.Requests.Count(request => request == "new-order"));
        Assert.DoesNotContain("finalize", _second.Requests);
        Assert.Empty(await RecordsAsync(RecordKind.Order));

        // What is ordered later is ordered there.
        await ReloadAsync([.. Settings(), ("Acme:Certificates:moves.test:KeyType", "P384")]);
        Assert.Equal((First, AcmeKeyType.P384), (Of("moves.test").Origin.DirectoryUrl, Of("moves.test").Origin.KeyType));
    }

    [Fact]
    public async Task A_provider_that_is_removed_while_a_certificate_names_it_is_refused_and_all_goes_on_as_before()
    {
        await StartAsync(Settings(second: Second, moves: "second"));
        var (stays, moves) = (Of("stays.test"), Of("moves.test"));
        var (atFirst, atSecond) = (_first.Requests.Count, _second.Requests.Count);

        Reload(Settings(moves: "second"));

        Assert.Contains(_log.Entries, entry => entry.Level == LogLevel.Error && entry.Text.Contains("Acme:Certificates:moves.test:Provider: 'second' is no known provider", StringComparison.Ordinal));
        await ReloadAsync(Settings(second: Second, moves: "second"));
        Assert.Equal((stays.Id, moves.Id, atFirst, atSecond), (Of("stays.test").Id, Of("moves.test").Id, _first.Requests.Count, _second.Requests.Count));
        Assert.All(Certificates.List(), status => Assert.Equal(AcmeCertificateState.Served, status.State));
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync(Deadline);
            _host.Dispose();
        }

        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="second">Its directory; null: there is no such provider.</param>
    /// <param name="moves">The provider of the certificate that moves; null: that of all.</param>
    private static (string Key, string? Value)[] Settings(string? second = null, string? moves = null) =>
    [
        ("Acme:StateDirectory", "/nowhere"),
        ("Acme:AcceptTermsOfService", "true"),
        ("Acme:Email", "ops@example.test"),
        ("Acme:Provider", "first"),
        ("Acme:Renewal:Ari", "false"),
        ("Acme:Providers:first:Directory", First),
        ("Acme:Domains:0", "stays.test"),
        ("Acme:Certificates:moves.test:Provider", moves ?? "first"),
        .. second is null ? [] : new (string, string?)[] { ("Acme:Providers:second:Directory", second) },
    ];

    private Generation Of(string label) => _published.Current.Single(generation => generation.Label == label);

    private void Reload((string, string?)[] settings) => _source.Provider.Replace(settings);

    /// <summary>Until all is settled by these settings.</summary>
    private async Task ReloadAsync((string, string?)[] settings)
    {
        Reload(settings);
        await Certificates.WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
    }

    private async Task<List<StoreRecord>> RecordsAsync(RecordKind kind)
    {
        var records = new List<StoreRecord>();
        await foreach (var record in _store.ListAsync(new StoreQuery(kind), Token)) records.Add(record);
        return records;
    }

    private async Task StartAsync((string, string?)[]? settings = null)
    {
        if (settings is not null) Reload(settings);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        ((IConfigurationBuilder)builder.Configuration).Add(_source);
        builder.Services.AddSingleton<IAcmeStore>(_store);
        builder.Services.AddSingleton<ICertificatePublisher>(provider =>
        {
            _published.Source = provider.GetRequiredService<ICertificateSource>;
            return _published;
        });
        builder.Services.AddSingleton<IShownCertificates>(_published);
        builder.Services.AddSingleton<IWorkerActivation>(new AlwaysActive());
        builder.Services.AddSingleton<IDesiredCertificateSource, OptionsWishSource>();
        builder.Services.AddSingleton<IWishFeed, WishFeed>();
        builder.Services.AddSingleton<Func<Provider, HttpMessageHandler?>>(provider => (provider.DirectoryUrl == First ? _first : _second).Server.CreateHandler());
        builder.Services.AddSingleton(provider => new LiveAnswers(TimeProvider.System, provider.GetRequiredService<IStoredAnswers>()));
        builder.Services.AddAcmeConfiguration().AddAcmeLifecycle().AddAcmeManagement();
        builder.Logging.AddProvider(_log);
        _host = builder.Build();
        await _host.StartAsync(Token);
        await Certificates.WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
    }

    /// <summary>A CA in memory that finds every name proven, and what was asked of it.</summary>
    private sealed class WatchedCa : IAsyncDisposable
    {
        private readonly ConcurrentQueue<string> _requests = [];

        public WatchedCa(string directory) => Server = new LocalCaServer(new LocalCaServerOptions
        {
            DirectoryUrl = directory,
            RetryAfter = TimeSpan.Zero,
            Validator = async (_, _) =>
            {
                await Validation();
                return null;
            },
            Interceptor = (request, next, _) =>
            {
                if (IsGone) throw new HttpRequestException("nobody is there");

                _requests.Enqueue(request.Resource);
                return ValueTask.FromResult(next(request));
            },
        });

        public LocalCaServer Server { get; }

        public Func<Task> Validation { get; set; } = () => Task.CompletedTask;

        public bool IsGone { get; set; }

        public IReadOnlyCollection<string> Requests => [.. _requests];

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
