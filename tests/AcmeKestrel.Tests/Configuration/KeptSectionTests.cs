using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Configuration.Zones;
using CsCheck;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Tests.Configuration;

public sealed class KeptSectionTests
{
    private static readonly Gen<string> Keys = Words("Acme", "acme", "Domains", "10", "9", "2", "Certificates", "shop", "Names").Array[1, 4].Select(parts => string.Join(':', parts));

    private static readonly Gen<Dictionary<string, string>[]> Sources = Gen.Dictionary(Keys, Words("", "a", "b"))[0, 8].Array[1, 4];

    /// <summary>Whatever the sources hold, and whoever asks first.</summary>
    [Fact]
    public void It_has_the_keys_and_values_of_the_section_in_its_order() => Sources.Sample(sources =>
    {
        var root = Build([.. sources.Select(Given)]);

        Assert.Equal(Said(root.GetSection("Acme")), Said(AcmeConfigurationSection.Of(root).Look()));
        Assert.Equal(Said(root.GetSection("Acme")), Said(AcmeConfigurationSection.Of(root.GetSection("Acme")).Look()));
    });

    [Fact]
    public void Another_look_sees_what_has_changed()
    {
        var root = Build(Given(new() { ["Acme:Domains:0"] = "a.test" }));
        var section = AcmeConfigurationSection.Of(root);
        var before = section.Look();
        Assert.Single(before.GetSection("Domains").GetChildren());

        root["Acme:Domains:1"] = "b.test";

        Assert.Equal(["a.test", "b.test"], section.Look().GetSection("Domains").GetChildren().Select(item => item.Value));
    }

    /// <summary>Each look at what is under a key goes through all keys and sorts what it finds: one for each domain would be ten thousand million steps for a hundred thousand of them.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    public void Domains_are_gone_through_twice_however_many_they_are_and_never_sorted_again_for_the_sources_after_them(int domains)
    {
        var source = new CountedSource(domains);
        var after = new CountedSource(0);
        var section = AcmeConfigurationSection.Of(new ConfigurationBuilder().AddInMemoryCollection().Add(source).Add(after).Build());
        source.Looks.Clear();
        var options = new AcmeOptions();

        ((IConfigureOptions<AcmeOptions>)new AcmeOptionsBinding(section)).Configure(options);
        Assert.Equal(domains, SettingsParser.Parse(options, section, "test", DnsProviderTypes.None, StoreTypes.None).Certificates.Count);

        // The binder and the check for keys that nobody knows.
        Assert.Equal(2, source.Looks.Count(path => path == "Acme:Domains"));
        Assert.DoesNotContain(source.Looks, path => path.StartsWith("Acme:Domains:", StringComparison.Ordinal));
        Assert.Equal(0, after.Given);
    }

    private static Gen<string> Words(params string[] words) => Gen.Int[0, words.Length - 1].Select(index => words[index]);

    private static IConfigurationRoot Build(params IEnumerable<KeyValuePair<string, string?>>[] sources)
    {
        var builder = new ConfigurationBuilder();
        foreach (var source in sources) builder.AddInMemoryCollection(source);
        return builder.Build();
    }

    private static IEnumerable<KeyValuePair<string, string?>> Given(Dictionary<string, string> source) => source.DistinctBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase).Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value));

    private static List<string> Said(IConfigurationSection section) =>
        [$"{section.Path}={section.Value}", .. section.GetChildren().SelectMany(child => Said(child).Append(section[child.Key] ?? "").Concat(Said(section.GetSection(child.Key))))];

    /// <summary>Tells what it was asked for, and how many keys of other sources it was given to sort.</summary>
    private sealed class CountedSource(int domains) : ConfigurationProvider, IConfigurationSource
    {
        public List<string> Looks { get; } = [];

        public int Given { get; private set; }

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override void Load() => Data = Enumerable.Range(0, domains).ToDictionary(number => $"Acme:Domains:{number}", number => (string?)$"n{number}.test", StringComparer.OrdinalIgnoreCase);

        public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
        {
            Looks.Add(parentPath ?? "");
            Given += earlierKeys.Count();
            return base.GetChildKeys(earlierKeys, parentPath);
        }
    }
}
