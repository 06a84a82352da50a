using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>What is added to a store takes nothing from it.</summary>
public sealed class DelegatingStoreTests : IDisposable
{
    private readonly StateFolder _state = new(new FakeTimeProvider());

    public void Dispose() => _state.Dispose();

    [Fact]
    public void Abilities_survive_what_is_put_around_them()
    {
        var store = _state.Open();
        IAcmeStore around = new Traced(new Traced(store));

        Assert.Same(store, around.FindAbility<ICertificateView>());
        Assert.Same(store, around.FindAbility<IAccountView>());
        Assert.Same(around, around.FindAbility<Traced>());
        Assert.Null(((IAcmeStore)new Traced(new MemoryStore())).FindAbility<ICertificateView>());
    }

    /// <summary>A member that is new in the contract and missing here would get its default, past the store's own.</summary>
    [Fact]
    public void All_of_the_contract_is_handed_on()
    {
        var map = typeof(DelegatingStore).GetInterfaceMap(typeof(IAcmeStore));

        Assert.All(map.TargetMethods, method => Assert.Equal((typeof(DelegatingStore), true, false), (method.DeclaringType, method.IsVirtual, method.IsFinal)));
        Assert.InRange(map.TargetMethods.Length, 9, 100);
    }

    private sealed class Traced(IAcmeStore inner) : DelegatingStore(inner);
}
