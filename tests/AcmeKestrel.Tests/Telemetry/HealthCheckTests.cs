using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Telemetry;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Telemetry;

public sealed class HealthCheckTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestCa _ca;

    public HealthCheckTests() => _ca = new TestCa(_time);

    [Fact]
    public async Task A_life_without_a_working_renewal_goes_from_healthy_to_degraded_to_unhealthy_and_back()
    {
        await using var edge = await StartAsync(new TestStore(_time));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(edge)).Status);
        await edge.RunAsync(TimeSpan.FromDays(1));
        edge.Reach = (_, _) => "nobody is there";

        await edge.RunAsync(TimeSpan.FromDays(55));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(edge)).Status);
        await edge.RunAsync(TimeSpan.FromDays(10));
        var degraded = await CheckAsync(edge);
        await edge.RunAsync(TimeSpan.FromDays(16));
        var unhealthy = await CheckAsync(edge);
        await edge.RunAsync(TimeSpan.FromDays(10));
        var expired = await CheckAsync(edge);
        edge.Reach = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromDays(2));

        Assert.Equal((HealthStatus.Degraded, HealthStatus.Unhealthy, HealthStatus.Unhealthy), (degraded.Status, unhealthy.Status, expired.Status));
        Assert.Contains("nobody is there", degraded.Description, StringComparison.Ordinal);
        Assert.Equal((1, 1, 1), (degraded.Data["overdue"], unhealthy.Data["ending"], expired.Data["expired"]));
        Assert.Equal((HealthStatus.Healthy, "1 certificates"), ((await CheckAsync(edge)).Status, (await CheckAsync(edge)).Description));
    }

    [Fact]
    public async Task A_state_in_memory_is_unhealthy_with_a_public_CA_alone()
    {
        await using (var edge = await StartAsync(new MemoryStore(_time))) Assert.Equal(HealthStatus.Healthy, (await CheckAsync(edge)).Status);

        foreach (var (directory, status) in new[] { (BuiltInProviders.All["letsencrypt"].DirectoryUrl, HealthStatus.Unhealthy), (BuiltInProviders.All["letsencrypt-staging"].DirectoryUrl, HealthStatus.Healthy) })
        {
            _settings.DirectoryUrl = directory;
            await using var edge = await StartAsync(new MemoryStore(_time));
            var result = await CheckAsync(edge);

            Assert.Equal(status, result.Status);
            Assert.Equal(status == HealthStatus.Unhealthy, result.Description!.Contains("the state is kept in memory alone", StringComparison.Ordinal));
        }
    }

    /// <summary>A file server that is gone answers no question, and a health check must be answered.</summary>
    [Fact]
    public async Task Where_the_state_lies_is_found_out_when_it_is_opened_and_never_again()
    {
        var files = new CountingFiles(new SimulatedFileSystem()) { Temporary = "tmpfs" };
        using var store = new StateDirectoryStore(new StateDirectoryOptions("/state", null), _time, NullLogger<StateDirectoryStore>.Instance, files);
        Assert.Equal((null, 0), (store.Doubt, files.TypesAsked));

        await using var opening = await store.OpenWatchAsync(new StoreWatchRequest(), TestContext.Current.CancellationToken);

        for (var check = 0; check < 3; check++) Assert.Contains("tmpfs", store.Doubt, StringComparison.Ordinal);
        Assert.Equal(1, files.TypesAsked);
    }

    [Fact]
    public async Task A_state_directory_in_memory_is_known_for_one()
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/dev/shm")) Assert.Skip("There is no /dev/shm.");

        var folder = Directory.CreateDirectory(Path.Combine("/dev/shm", $"acmekestrel-{Guid.NewGuid():N}"));
        try
        {
            Assert.Contains("tmpfs", await DoubtOfAsync(folder.FullName), StringComparison.Ordinal);
            Assert.Null(LocalFileSystem.Below("/proc").TemporaryType("/proc"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_registration_says_what_failure_means()
    {
        _settings.DirectoryUrl = BuiltInProviders.All["letsencrypt"].DirectoryUrl;
        await using var edge = await StartAsync(new MemoryStore(_time));

        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(edge, HealthStatus.Degraded)).Status);
    }

    [Fact]
    public async Task The_extension_registers_the_check()
    {
        var services = new ServiceCollection();
        services.AddLogging().AddHealthChecks().AddAcme(tags: ["certificates"]);
        await using var provider = services.BuildServiceProvider();

        var registration = Assert.Single(provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<HealthCheckServiceOptions>>().Value.Registrations);
        Assert.Equal(("acme", HealthStatus.Unhealthy, "certificates"), (registration.Name, registration.FailureStatus, Assert.Single(registration.Tags)));
    }

    private static async Task<string?> DoubtOfAsync(string path)
    {
        using var store = new StateDirectoryStore(new StateDirectoryOptions(path, null), TimeProvider.System, NullLogger<StateDirectoryStore>.Instance, LocalFileSystem.Below(path));
        await using var opening = await store.OpenWatchAsync(new StoreWatchRequest(), TestContext.Current.CancellationToken);
        return store.Doubt;
    }

    private static Task<HealthCheckResult> CheckAsync(Edge edge, HealthStatus? failure = null)
    {
        var check = edge.Get<AcmeHealthCheck>();
        return check.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("acme", check, failure, null) }, TestContext.Current.CancellationToken);
    }

    private Task<Edge> StartAsync(IAcmeStore store) => Edge.StartAsync(_time, _ca, _settings, store, [Wishes.Of("shop.test")]);
}
