using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Memory that says of itself what an engine says: nothing. So other machines may have it.</summary>
internal sealed class EngineStore(IAcmeStore memory) : DelegatingStore(memory)
{
    public override TAbility? FindAbility<TAbility>()
        where TAbility : class => this as TAbility;
}
