namespace AcmeKestrel.Configuration.Components;

/// <summary>For settings that are read where no application is.</summary>
internal sealed class NoServices : IServiceProvider
{
    public object? GetService(Type serviceType) => null;
}
