using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Configuration;

/// <summary>Binds the section before the application's own <c>Configure</c> calls.</summary>
internal sealed class AcmeOptionsBinding(AcmeConfigurationSection section) : IConfigureOptions<AcmeOptions>
{
    public void Configure(AcmeOptions options) => section.Look().Bind(options);
}
