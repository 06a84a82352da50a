using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel;

/// <summary>What <c>AddAcme()</c> returns; extensions of other packages hang on it.</summary>
public interface IAcmeBuilder
{
    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }
}
