using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Storage;

public sealed class StorageServicesTests
{
    [Fact]
    public void The_state_directory_is_the_store_and_is_not_opened_by_making_it()
    {
        var application = new ServiceCollection();
        application.AddAcme(options => options.StateDirectory = "/proc/no-such-place/acme");
        application.AddAcme();
        using var services = application.BuildServiceProvider();

        Assert.NotNull(Assert.Single(services.GetServices<IAcmeStore>()).FindAbility<StateDirectoryStore>());
    }

    /// <summary>What another process has encrypted would look damaged.</summary>
    [Fact]
    public void A_store_that_encrypts_nothing_knows_what_is_encrypted()
    {
        using var services = new ServiceCollection().AddAcme(options => options.StateDirectory = "/proc/no-such-place/acme").Services.BuildServiceProvider();

        Assert.NotNull(services.GetRequiredService<IAcmeStore>().FindAbility<PlainStore>());
    }

    [Fact]
    public void A_store_of_the_user_wins()
    {
        var own = new MemoryStore();
        var application = new ServiceCollection().AddSingleton<IAcmeStore>(own);
        application.AddAcme();
        using var services = application.BuildServiceProvider();

        Assert.Same(own, services.GetRequiredService<IAcmeStore>());
    }
}
