using AcmeKestrel.Configuration;
using Microsoft.Extensions.Configuration;

namespace AcmeKestrel.Tests.Configuration;

public sealed class KnownKeysTests
{
    /// <summary>A new option is a known key at once, and in the right shape: the walk must not fall behind the options.</summary>
    [Fact]
    public void Every_option_is_a_known_key()
    {
        var section = AcmeConfigurationSection.Of(new ConfigurationBuilder().AddInMemoryCollection(KeysOf(typeof(AcmeOptions), "Acme").Select(key => KeyValuePair.Create(key, (string?)"x"))).Build());
        var problems = new ProblemList("Acme");

        KnownKeys.Check(section.Look(), problems);

        Assert.Empty(problems.Problems);
    }

    private static IEnumerable<string> KeysOf(Type type, string path)
    {
        if (type == typeof(string)) return [path];
        if (type == typeof(List<string>)) return [$"{path}:0"];
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>)) return KeysOf(type.GetGenericArguments()[0], $"{path}:0");
        if (type.IsGenericType) return KeysOf(type.GetGenericArguments()[1], $"{path}:some");
        return type.GetProperties().SelectMany(property => KeysOf(property.PropertyType, $"{path}:{property.Name}"));
    }
}
