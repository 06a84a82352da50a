using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Storage;

public sealed class StorageServicesTests
{
    [Fact]
    public void The_state_directory_is_the_store_and_is_not_opened_by_making_it()
    {
        using var services = new ServiceCollection().AddAcmeStorage().AddAcmeStorage()
            .AddSingleton(new StateDirectoryOptions("/proc/no-such-place/acme", null)).BuildServiceProvider();

        Assert.NotNull(Assert.Single(services.GetServices<IAcmeStore>()).FindAbility<StateDirectoryStore>());
    }

    [Fact]
    public void A_store_of_the_user_wins()
    {
        var own = new MemoryStore();
        using var services = new ServiceCollection().AddSingleton<IAcmeStore>(own).AddAcmeStorage().BuildServiceProvider();

        Assert.Same(own, services.GetRequiredService<IAcmeStore>());
    }
}
