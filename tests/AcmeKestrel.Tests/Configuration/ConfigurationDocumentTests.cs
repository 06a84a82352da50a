using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AcmeKestrel.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Configuration;

/// <summary>docs/configuration.md tells of every key, and all that it says of values is so.</summary>
public sealed class ConfigurationDocumentTests
{
    private readonly ConfigurationPage _page = new();

    [Fact]
    public void The_tables_have_every_key_and_no_other() => Assert.Equal(KnownKeys.All.Order(), _page.Rows().Select(row => row.Key).Order());

    [Fact]
    public async Task Every_example_is_taken_by_the_application_and_by_the_schema()
    {
        foreach (var row in _page.Rows())
        {
            TestConfiguration.Read([.. With(row, row.Example)]);
            foreach (var json in Written(row, row.Example)) Assert.Empty(await SchemaFile.FindFaultsAsync(json));
        }
    }

    [Fact]
    public async Task Every_refused_value_is_refused_with_the_message_that_is_told()
    {
        foreach (var row in _page.Rows())
        {
            if (row.Wrong is not { } wrong) continue;

            var (problems, key) = (TestConfiguration.Problems([.. With(row, wrong.Value)]), KeyOf(row));
            Assert.Contains(problems, problem => Tells(problem, key, wrong.Message) || Tells(problem, key.Replace(":0", "", StringComparison.Ordinal), wrong.Message));

            // A mail address or a name the schema cannot judge.
            if (IsOfASet(wrong.Message)) Assert.True((await SchemaFile.FindFaultsAsync(Written(row, wrong.Value).Last())).Count > 0, row.Key);
        }
    }

    [Fact]
    public void Every_default_that_is_told_is_the_one_that_counts()
    {
        var rows = _page.Rows().Where(row => row.Default.Count > 0).ToList();
        var silent = Settings([]);

        Assert.InRange(rows.Count, 15, 60);
        Assert.All(rows, row => Assert.Equal(Settings(With(row, null)), Settings(row.Default.SelectMany((value, index) => With(row, value, index)))));
        Assert.NotEqual(silent, Settings([("Acme:Keep", "31.00:00:00")]));
    }

    [Fact]
    public async Task Every_sample_in_the_documents_is_taken_by_the_application_and_by_the_schema()
    {
        var pages = Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md")).Select(File.ReadAllText);
        var samples = pages.SelectMany(ConfigurationPage.Samples).Where(sample => sample.Contains("\"Acme\": {", StringComparison.Ordinal)).ToList();

        Assert.InRange(samples.Count, 4, 50);
        foreach (var sample in samples)
        {
            using var text = new MemoryStream(Encoding.UTF8.GetBytes(sample));
            var values = new ConfigurationBuilder().AddJsonStream(text).Build().AsEnumerable();

            using var read = new TestConfiguration(values.Select(value => (value.Key, value.Value)), services => services.AddAcme().AddDns().AddRedis().AddPostgreSql());
            Assert.NotEmpty(read.Monitor.Current.Certificates);
            Assert.Empty(await SchemaFile.FindFaultsAsync(sample));
        }
    }

    [Fact]
    public void The_built_in_CAs_are_all_told()
    {
        var limits = BuiltInProviders.Limits.ToDictionary(known => known.Value, known => known.Key);
        var rows = BuiltInProviders.All.Values.Select(provider => $"| `{provider.Name}` | `{provider.DirectoryUrl}` | `{limits[provider.Limits]}` | {(provider.Staging is { } staging ? $"`{staging}` " : "")}|");

        Assert.All(rows, row => Assert.Contains(row + "\n", _page.Text, StringComparison.Ordinal));
    }

    /// <summary>With what a provider, or a key of one, cannot be without.</summary>
    private static IEnumerable<(string Key, string? Value)> With(ConfigurationPage.Row row, string? value, int index = 0)
    {
        var all = new Dictionary<string, string?>();
        if (row.Key.StartsWith("Acme:Providers:*:", StringComparison.Ordinal)) all["Acme:Providers:mine:Directory"] = "https://ca.example.com/acme/directory";
        if (row.Key.Contains(":Eab", StringComparison.Ordinal)) (all["Acme:Providers:mine:EabKeyId"], all["Acme:Providers:mine:EabHmacKey"]) = ("kid", "c2VjcmV0");
        if (row.Key.StartsWith("Acme:Exports[]:", StringComparison.Ordinal)) all["Acme:Exports:0:Path"] = "/etc/tls/{name}.pem";
        if (row.Key == "Acme:Exports[]:PasswordFile") all["Acme:Exports:0:Format"] = "pfx";
        if (row.Key.StartsWith("Acme:Hooks:Programs:", StringComparison.Ordinal)) all["Acme:Hooks:Programs:reload:Command"] = "/usr/local/bin/reload";
        if (row.Key.StartsWith("Acme:Hooks:Webhooks:", StringComparison.Ordinal)) all["Acme:Hooks:Webhooks:chat:Url"] = "https://hooks.example.com/";
        if (row.Key.StartsWith("Acme:Hooks:Webhooks:", StringComparison.Ordinal) && !row.Key.EndsWith(":SecretFile", StringComparison.Ordinal)) all["Acme:Hooks:Webhooks:chat:Secret"] = "0123456789abcdef";
        if (row.Key.Contains(":Dns", StringComparison.Ordinal)) (all["Acme:Dns:Providers:corp:Type"], all["Acme:Dns:Providers:corp:Server"], all["Acme:Dns:Providers:corp:TsigName"], all["Acme:Dns:Providers:corp:TsigSecret"]) = ("rfc2136", "127.0.0.1", "key", "MDEyMw==");
        if (row.Key.Contains(":Wildcards", StringComparison.Ordinal)) (all["Acme:Dns:Default"], all["Acme:Dns:Providers:corp:Type"], all["Acme:Dns:Providers:corp:Server"], all["Acme:Dns:Providers:corp:TsigName"], all["Acme:Dns:Providers:corp:TsigSecret"]) = ("corp", "rfc2136", "127.0.0.1", "key", "MDEyMw==");
        if (row.Key.StartsWith("Acme:OnDemand:", StringComparison.Ordinal)) all["Acme:OnDemand:Ask"] = "https://app.example.com/check";
        if (value is not null) all[KeyOf(row, index)] = value;
        return all.Select(pair => (pair.Key, pair.Value));
    }

    private static string KeyOf(ConfigurationPage.Row row, int index = 0) => row.Key
        .Replace("Dns:Providers:*:*", "Dns:Providers:corp:Type", StringComparison.Ordinal)
        .Replace("Providers:*", "Providers:mine", StringComparison.Ordinal)
        .Replace("Zones:*", "Zones:example.com", StringComparison.Ordinal)
        .Replace("Aliases:*", "Aliases:shop.example.com", StringComparison.Ordinal)
        .Replace("Programs:*", "Programs:reload", StringComparison.Ordinal)
        .Replace("Webhooks:*", "Webhooks:chat", StringComparison.Ordinal)
        .Replace("Certificates:*", "Certificates:shop.example.com", StringComparison.Ordinal)
        .Replace("[]", $":{index}", StringComparison.Ordinal);

    /// <summary>As text, and as a number or a flag where it is one.</summary>
    private static IEnumerable<string> Written(ConfigurationPage.Row row, string value)
    {
        yield return Nested(row, JsonValue.Create(value));
        if (row.Value.StartsWith("`true` or", StringComparison.Ordinal) && bool.TryParse(value, out var flag)) yield return Nested(row, JsonValue.Create(flag));
        if (row.Value.Contains("number", StringComparison.Ordinal) && decimal.TryParse(value, out var number)) yield return Nested(row, JsonValue.Create(number));
    }

    private static string Nested(ConfigurationPage.Row row, JsonNode value)
    {
        foreach (var key in KeyOf(row).Split(':').Reverse()) value = key == "0" ? new JsonArray(value) : new JsonObject { [key] = value };
        return value.ToJsonString();
    }

    private static bool Tells(string problem, string key, string message) =>
        message.EndsWith("...", StringComparison.Ordinal) ? problem.StartsWith($"{key}: {message[..^3]}", StringComparison.Ordinal) : problem == $"{key}: {message}";

    private static bool IsOfASet(string message) => new[] { "is neither true", "is none of", "is no whole number", "is no number", "is no duration", "is http;" }.Any(said => message.Contains(said, StringComparison.Ordinal));

    private static string Settings(IEnumerable<(string Key, string? Value)> values) => JsonSerializer.Serialize(TestConfiguration.Read([.. values]));
}
