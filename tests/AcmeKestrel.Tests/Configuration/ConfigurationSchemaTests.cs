using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Tests.Configuration;

/// <summary>What an editor offers is what the application takes: the schema knows the keys of the application and no others.</summary>
public sealed class ConfigurationSchemaTests
{
    private readonly SchemaFile _schema = new();

    [Fact]
    public void The_schema_has_every_key_and_no_other() => Assert.Equal(KnownKeys.All.Order(), _schema.Keys().Order());

    [Fact]
    public void Every_key_and_section_is_described() =>
        Assert.All(_schema.Places().Where(place => !place.Path.EndsWith("[]", StringComparison.Ordinal)), place => Assert.InRange(place.Schema["description"]?.GetValue<string>().Length ?? 0, 8, 300));

    [Fact]
    public void What_no_key_is_an_editor_marks() =>
        Assert.All(_schema.Places().Where(place => place.Schema["properties"] is not null), place => Assert.False(place.Schema["additionalProperties"]!.GetValue<bool>()));

    [Fact]
    public void A_choice_offers_the_words_that_the_application_takes()
    {
        var keyTypes = Enum.GetNames<AcmeKeyType>();
        string[] providers = [.. BuiltInProviders.All.Keys.Order()];

        Assert.Equal(keyTypes, Words("Acme:KeyType"));
        Assert.Equal(keyTypes, Words("Acme:Certificates:*:KeyType"));
        Assert.Equal(Enum.GetNames<UnknownHostPolicy>(), Words("Acme:UnknownHosts"));
        Assert.Equal(Enum.GetNames<AcmeMacAlgorithm>(), Words("Acme:Providers:*:EabAlgorithm"));
        Assert.Equal(ChallengeTypes.Known, Words("Acme:Challenges[]"));
        Assert.Equal(ChallengeTypes.Known, Words("Acme:Certificates:*:Challenges[]"));
        Assert.Equal(providers, Words("Acme:Provider"));
        Assert.Equal(providers, Words("Acme:Certificates:*:Provider"));
        Assert.Equal(BuiltInProviders.Limits.Keys.Order(), Words("Acme:Providers:*:Limits"));
    }

    [Theory]
    [InlineData("""{ "Acme": { "Domians": [ "example.com" ] } }""")]
    [InlineData("""{ "Acme": { "Domains": "example.com" } }""")]
    [InlineData("""{ "Acme": { "Providers": { "mine": { "Uri": "https://ca.example.com" } } } }""")]
    [InlineData("""{ "Acme": { "Certificates": { "example.com": { "Name": "example.com" } } } }""")]
    [InlineData("""{ "Acme": { "Serving": { "MaxLoaded": 10 } } }""")]
    [InlineData("""{ "Acme": { "Enabled": "yes" } }""")]
    public async Task A_mistake_shows_in_the_editor(string json) => Assert.NotEmpty(await SchemaFile.FindFaultsAsync(json));

    [Fact]
    public async Task The_settings_of_the_samples_are_as_the_schema_wants_them()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "appsettings*.json", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "appsettings*.json", SearchOption.AllDirectories))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .ToList();

        Assert.Contains(files, file => file.Contains("SampleWeb", StringComparison.Ordinal));
        foreach (var file in files) Assert.Empty(await SchemaFile.FindFaultsAsync(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)));
    }

    /// <summary>Where other words are taken, too, those that are offered.</summary>
    private IEnumerable<string> Words(string path)
    {
        var place = _schema.Place(path);
        var words = place["enum"] ?? place["anyOf"]!.AsArray().Select(choice => choice!["enum"]).First(words => words is not null);
        return words!.AsArray().Select(word => word!.GetValue<string>());
    }
}
