using Microsoft.Extensions.Options;

namespace AcmeKestrel.Configuration.Stores;

/// <summary>What the configuration says of a type of stores that is not in force, too; its keys are looked at when somebody asks.</summary>
internal sealed class StoreTypeSettings(IOptionsFactory<AcmeOptions> options, AcmeConfigurationSection section, StoreTypes types)
{
    /// <param name="type">One of <see cref="StoreTypes.Names"/>.</param>
    /// <exception cref="AcmeConfigurationException">Something is wrong with its keys; the message lists all of it.</exception>
    public StoreSettings Read(string type)
    {
        var problems = new ProblemList(section.Path);
        var settings = new StoreParser(types, new ValueReader(problems), problems).ParseAs(type, options.Create(Options.DefaultName).Store ?? new AcmeStoreOptions());
        return problems.Problems.Count == 0 ? settings : throw new AcmeConfigurationException(problems.Problems);
    }
}
