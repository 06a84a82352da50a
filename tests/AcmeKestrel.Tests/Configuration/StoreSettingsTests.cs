using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Configuration;

/// <summary><c>Acme:Store</c>.</summary>
public sealed class StoreSettingsTests
{
    [Fact]
    public void Without_a_word_the_state_is_in_its_directory()
    {
        using var configuration = Read();

        Assert.Equal(StoreTypes.Directory, configuration.Monitor.Current.Store.Type);
        Assert.NotNull(configuration.Services.GetRequiredService<IAcmeStore>().FindAbility<StateDirectoryStore>());
    }

    [Fact]
    public void The_store_that_is_named_is_made_of_its_keys()
    {
        using var configuration = Read(("Acme:Store:Type", "redis"), ("Acme:Store:Redis:Configuration", "127.0.0.1:1"));

        Assert.Equal("127.0.0.1:1", configuration.Services.GetRequiredService<IAcmeStore>().FindAbility<FakeEngine>()!.Configuration);
    }

    [Fact]
    public void A_store_that_the_application_registers_wins()
    {
        var own = new MemoryStore(TimeProvider.System);
        using var configuration = new TestConfiguration([], services => services.AddSingleton<IAcmeStore>(own).AddAcme());

        Assert.Same(own, configuration.Services.GetRequiredService<IAcmeStore>());
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once_under_its_key()
    {
        var problems = Assert.Throws<AcmeConfigurationException>(() => Read(("Acme:Store:Type", "Redis"), ("Acme:Store:Redis:Confguration", "x"), ("Acme:Store:ProtectSecrets", "yes"), ("Acme:Store:Kind", "Redis")).Monitor.Current).Failures;

        Assert.Equal(
            [
                "Acme:Store:Kind: is no known key; known here are Type, ProtectSecrets, Cache, LeaseDuration, Redis, PostgreSql.",
                "Acme:Store:ProtectSecrets: 'yes' is neither true nor false.",
                "Acme:Store:Redis:Confguration: is no known key; known here are Configuration.",
                "Acme:Store:Redis:Configuration: is missing.",
            ],
            problems.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_type_that_no_package_added_names_the_packages()
    {
        var problem = Assert.Single(TestConfiguration.Problems(("Acme:Store:Type", "PostgreSql")));

        Assert.StartsWith("Acme:Store:Type: 'PostgreSql' is no type of stores; known are Directory. ", problem, StringComparison.Ordinal);
        Assert.Contains("AddPostgreSql()", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_store_counts_from_the_next_start_and_that_is_said()
    {
        using var configuration = Read();
        _ = configuration.Monitor.Current;
        configuration.Reload(("Acme:Store:Type", "Redis"), ("Acme:Store:Redis:Configuration", "127.0.0.1:1"));

        Assert.Contains(configuration.Log.Entries, entry => entry.Text.StartsWith("Acme:Store has changed", StringComparison.Ordinal));
    }

    private static TestConfiguration Read(params (string, string?)[] values) =>
        new(values, services => services.AddAcme().AddStoreType("Redis", (configuration, _) => new FakeEngine(configuration.Read("Configuration"))));

    private sealed class FakeEngine(string configuration) : DelegatingStore(new MemoryStore(TimeProvider.System))
    {
        public string Configuration => configuration;
    }
}
