using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Configuration.Zones;
using CsCheck;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Tests.Configuration;

public sealed class KeptSectionTests
{
    private static readonly Gen<string> Keys = Words("Acme", "acme", "Domains", "10", "9", "2", "Certificates", "shop", "Names").Array[1, 4].Select(parts => string.Join(':', parts));

    private static readonly Gen<Dictionary<string, string>[]> Sources = Gen.Dictionary(Keys, Words("", "a", "b"))[0, 8].Array[1, 4];

    /// <summary>Whatever the sources hold.</summary>
    [Fact]
    public void It_has_the_keys_and_values_of_the_section_in_its_order() => Sources.Sample(sources => AssertAlike(Build([.. sources.Select(Memory)])));

    [Fact]
    public void A_configuration_within_another_one_is_no_other() => Sources.Sample(sources =>
        AssertAlike(new ConfigurationBuilder().AddConfiguration(Build([.. sources.Select(Memory)])).Add(Memory(sources[0])).Build()));

    /// <summary>One that hides what was before it, and sorts nothing.</summary>
    [Fact]
    public void Sources_with_ways_of_their_own_have_them() => Gen.Select(Sources, Gen.Int[0, 3]).Sample((sources, place) =>
    {
        var all = sources.Select(Memory).ToList<IConfigurationSource>();
        all.Insert(Math.Min(place, all.Count), new Wilful());
        AssertAlike(Build(all));
    });

    private static void AssertAlike(IConfigurationRoot root)
    {
        Assert.Equal(Said(root.GetSection("Acme")), Said(AcmeConfigurationSection.Of(root).Look()));
        Assert.Equal(Said(root.GetSection("Acme")), Said(AcmeConfigurationSection.Of(root.GetSection("Acme")).Look()));
    }

    [Fact]
    public void Another_look_sees_what_has_changed()
    {
        var root = Build([Memory(new() { ["Acme:Domains:0"] = "a.test" })]);
        var section = AcmeConfigurationSection.Of(root);
        var before = section.Look();
        Assert.Single(before.GetSection("Domains").GetChildren());

        root["Acme:Domains:1"] = "b.test";

        Assert.Equal(["a.test", "b.test"], section.Look().GetSection("Domains").GetChildren().Select(item => item.Value));
    }

    /// <summary>Each look at what is under a key goes through all keys: one for each domain would be ten thousand million steps for a hundred thousand of them.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    public void Domains_are_gone_through_twice_however_many_they_are(int domains)
    {
        var source = new CountedSource(domains);
        var section = AcmeConfigurationSection.Of(Build([source]));
        source.Looks.Clear();
        var options = new AcmeOptions();

        ((IConfigureOptions<AcmeOptions>)new AcmeOptionsBinding(section)).Configure(options);
        Assert.Equal(domains, SettingsParser.Parse(options, section, "test", DnsProviderTypes.None, StoreTypes.None).Certificates.Count);

        // The binder and the check for keys that nobody knows.
        Assert.Equal(2, source.Looks.Count(path => path == "Acme:Domains"));
        Assert.DoesNotContain(source.Looks, path => path.StartsWith("Acme:Domains:", StringComparison.Ordinal));
    }

    private static Gen<string> Words(params string[] words) => Gen.Int[0, words.Length - 1].Select(index => words[index]);

    private static IConfigurationRoot Build(IEnumerable<IConfigurationSource> sources)
    {
        var builder = new ConfigurationBuilder();
        foreach (var source in sources) builder.Add(source);
        return builder.Build();
    }

    private static MemoryConfigurationSource Memory(Dictionary<string, string> keys) =>
        new() { InitialData = keys.DistinctBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase).Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)) };

    /// <summary>Of a key in two spellings .NET has the one or the other, as its sort leaves them.</summary>
    private static List<string> Said(IConfigurationSection section) =>
        [$"{section.Path.ToUpperInvariant()}={section.Value}", .. section.GetChildren().SelectMany(child => Said(child).Append(section[child.Key] ?? "").Concat(Said(section.GetSection(child.Key))))];

    private sealed class CountedSource(int domains) : ConfigurationProvider, IConfigurationSource
    {
        public List<string> Looks { get; } = [];

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override void Load() => Data = Enumerable.Range(0, domains).ToDictionary(number => $"Acme:Domains:{number}", number => (string?)$"n{number}.test", StringComparer.OrdinalIgnoreCase);

        public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
        {
            Looks.Add(parentPath ?? "");
            return base.GetChildKeys(earlierKeys, parentPath);
        }
    }

    private sealed class Wilful : ConfigurationProvider, IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override void Load() => Data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Acme:Domains:2"] = "two", ["Acme:Domains:1"] = "one" };

        public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath) => parentPath switch
        {
            "Acme" => earlierKeys.Reverse().Append("Domains"),
            "Acme:Domains" => ["2", "1"],
            _ => earlierKeys,
        };
    }
}
