using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Configuration.Zones;
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

        KnownKeys.Check(section.Values, problems);

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

    /// <summary>Each look at what is under a key goes through all keys: one for each domain would be ten thousand million steps for a hundred thousand of them.</summary>
    [Fact]
    public void The_configuration_is_gone_through_as_often_for_many_domains_as_for_few()
    {
        var (few, many) = (LooksFor(3), LooksFor(300));

        Assert.InRange(few, 1, 1000);
        Assert.Equal(few, many);

        static int LooksFor(int domains)
        {
            var source = new CountedSource(domains);
            AcmeConfigurationSection section = AcmeConfigurationSection.Of(new ConfigurationBuilder().Add(source).Build());
            var options = new AcmeOptions();
            section.Values.Bind(options);
            Assert.Equal(domains, SettingsParser.Parse(options, section, "test", DnsProviderTypes.None, StoreTypes.None).Certificates.Count);
            return source.Looks;
        }
    }

    private sealed class CountedSource(int domains) : ConfigurationProvider, IConfigurationSource
    {
        public int Looks { get; private set; }

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override void Load() => Data = Enumerable.Range(0, domains).ToDictionary(number => $"Acme:Domains:{number}", number => (string?)$"n{number}.test", StringComparer.OrdinalIgnoreCase);

        public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
        {
            Looks++;
            return base.GetChildKeys(earlierKeys, parentPath);
        }
    }
}
