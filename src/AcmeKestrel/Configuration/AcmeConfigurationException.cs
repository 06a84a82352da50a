using Microsoft.Extensions.Options;

namespace AcmeKestrel.Configuration;

/// <summary>Everything that is wrong with the configuration, in one message; each line begins with its key.</summary>
internal sealed class AcmeConfigurationException(IReadOnlyList<string> problems) : OptionsValidationException(Options.DefaultName, typeof(AcmeOptions), problems)
{
    public override string Message => "The ACME configuration is wrong:" + string.Concat(Failures.Select(problem => Environment.NewLine + "  " + problem));
}
