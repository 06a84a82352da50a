using AcmeKestrel.Lifecycle;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

public sealed class ServerActivationTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Lifetime _lifetime = new();
    private readonly Server _server = new();

    [Fact]
    public void An_https_address_at_the_start_activates_at_once()
    {
        using var activation = new ServerActivation(_time, _lifetime, _server);
        _server.Addresses.Addresses.Add("https://127.0.0.1:443");
        Assert.False(activation.IsKnown);

        _lifetime.Start();

        Assert.True(activation.IsActive);
    }

    [Fact]
    public void An_https_address_that_comes_later_activates_within_seconds()
    {
        using var activation = new ServerActivation(_time, _lifetime, _server);
        _server.Addresses.Addresses.Add("http://127.0.0.1:80");
        _lifetime.Start();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((true, false, "the server listens on no https address"), (activation.IsKnown, activation.IsActive, activation.IdleReason));

        _server.Addresses.Addresses.Add("https://127.0.0.1:443");
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(activation.IsActive);
        Assert.True(activation.WaitAsync(TestContext.Current.CancellationToken).IsCompletedSuccessfully);
    }

    [Fact]
    public void Where_a_delay_is_set_nothing_is_asked_of_a_CA_before_it_is_over()
    {
        using var activation = new ServerActivation(_time, _lifetime, _server, TimeSpan.FromMinutes(1));
        _server.Addresses.Addresses.Add("https://127.0.0.1:443");
        _lifetime.Start();
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal((false, false, "Acme:StartDelay is not over yet"), (activation.IsKnown, activation.IsActive, activation.IdleReason));

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(activation.IsActive);
    }

    [Fact]
    public void A_delay_does_not_keep_it_from_looking_on()
    {
        using var activation = new ServerActivation(_time, _lifetime, _server, TimeSpan.FromMinutes(1));
        _lifetime.Start();
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((true, false), (activation.IsKnown, activation.IsActive));

        _server.Addresses.Addresses.Add("https://127.0.0.1:443");
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(activation.IsActive);
    }

    [Fact]
    public void Addresses_that_change_while_they_are_looked_at_are_looked_at_again()
    {
        using var activation = new ServerActivation(_time, _lifetime, _server);
        _server.Addresses.IsChanging = true;
        _lifetime.Start();
        Assert.False(activation.IsActive);

        _server.Addresses.IsChanging = false;
        _server.Addresses.Addresses.Add("https://127.0.0.1:443");
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(activation.IsActive);
    }

    [Fact]
    public void Without_a_host_nothing_is_looked_at()
    {
        using var activation = new ServerActivation(_time);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal((true, false), (activation.IsKnown, activation.IsActive));
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        private readonly CancellationTokenSource _started = new();

        public CancellationToken ApplicationStarted => _started.Token;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void Start() => _started.Cancel();

        public void StopApplication()
        {
        }
    }

    private sealed class Server : IServer
    {
        public Server() => Features.Set<IServerAddressesFeature>(Addresses);

        public BoundAddresses Addresses { get; } = new();

        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }

    private sealed class BoundAddresses : IServerAddressesFeature
    {
        public bool IsChanging { get; set; }

        public List<string> Addresses { get; } = [];

        public bool PreferHostingUrls { get; set; }

        ICollection<string> IServerAddressesFeature.Addresses => IsChanging ? throw new InvalidOperationException("Collection was modified.") : Addresses;
    }
}
