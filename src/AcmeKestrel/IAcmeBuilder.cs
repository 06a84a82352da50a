using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel;

/// <summary>What <c>AddAcme()</c> returns; extensions of other packages hang on it.</summary>
/// <remarks>Not for implementation: members are added in minor versions.</remarks>
public interface IAcmeBuilder
{
    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }
}
