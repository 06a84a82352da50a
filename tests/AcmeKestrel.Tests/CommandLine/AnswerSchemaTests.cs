using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using AcmeKestrel.CommandLine;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>The schemas of what <c>--json</c> prints (docs/schemas): programs of others read it.</summary>
public sealed class AnswerSchemaTests
{
    private static readonly Dictionary<string, Type> Answers = new()
    {
        ["status"] = typeof(StatusAnswer),
        ["explain"] = typeof(ExplainAnswer),
        ["plan"] = typeof(PlanAnswer),
        ["requests"] = typeof(RequestsAnswer),
        ["check"] = typeof(CheckAnswer),
        ["want"] = typeof(WishAnswer),
        ["dry-run"] = typeof(DryRunAnswer),
        ["test-http"] = typeof(HttpTestAnswer),
        ["test-hook"] = typeof(HookTestAnswer),
        ["work"] = typeof(WorkAnswer),
        ["accounts"] = typeof(AccountsAnswer),
        ["account"] = typeof(AccountAnswer),
        ["init"] = typeof(InitAnswer),
        ["import"] = typeof(ImportAnswer),
        ["doctor"] = typeof(DoctorAnswer),
        ["backup"] = typeof(BackupAnswer),
        ["restore"] = typeof(RestoreAnswer),
        ["store-copy"] = typeof(StoreCopyAnswer),
        ["reconcile"] = typeof(AcmeReconcileResult),
        ["rollback"] = typeof(AcmeRollBackResult),
        ["revoke"] = typeof(AcmeRevocationResult),
    };

    public static TheoryData<string> Names => [.. Answers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_answer_has_the_schema_that_is_documented(string name)
    {
        var path = PathOf(name);
        if (WrittenPages.AreWanted) File.WriteAllText(path, SchemaOf(name).ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        Assert.True(File.Exists(path), $"{path} is missing: run this test with {WrittenPages.Variable}=1.");
        Assert.True(JsonNode.DeepEquals(SchemaOf(name), JsonNode.Parse(File.ReadAllText(path))), $"{path} is not what is printed. Where that is meant, run this test with {WrittenPages.Variable}=1; a member that goes or changes its type breaks programs of others.");
    }

    private static JsonNode SchemaOf(string name)
    {
        var schema = AnswersJson.Default.Options.GetJsonSchemaAsNode(Answers[name], new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
        schema.AsObject().Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        LeaveOutWhatMayBeMissing(schema);
        return schema;
    }

    /// <summary>What is null is not printed, so nothing that may be null has to be there.</summary>
    private static void LeaveOutWhatMayBeMissing(JsonNode? node)
    {
        if (node is JsonArray items) foreach (var item in items) LeaveOutWhatMayBeMissing(item);
        if (node is not JsonObject rule) return;

        if (rule["required"] is JsonArray required && rule["properties"] is JsonObject properties)
        {
            foreach (var name in required.Select(one => one!.GetValue<string>()).Where(name => MayBeNull(properties[name])).ToList()) required.Remove(required.First(one => one!.GetValue<string>() == name));
            if (required.Count == 0) rule.Remove("required");
        }

        foreach (var (_, member) in rule.ToList()) LeaveOutWhatMayBeMissing(member);
    }

    private static bool MayBeNull(JsonNode? schema) =>
        (schema?["type"] is JsonArray types && types.Any(type => type!.GetValue<string>() == "null")) || (schema?["enum"] is JsonArray values && values.Contains(null));

    private static string PathOf(string name) => Path.Combine(Repository.Root, "docs", "schemas", $"{name}.json");
}
