using System.Text.Json;
using System.Text.Json.Serialization;

namespace AcmeKestrel.CommandLine;

/// <summary>What <c>--json</c> prints: names in camel case, moments in ISO 8601, what is not there is left out. docs/schemas has a schema of each.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(PlanAnswer))]
[JsonSerializable(typeof(ExplainAnswer))]
[JsonSerializable(typeof(CheckAnswer))]
[JsonSerializable(typeof(WorkAnswer))]
[JsonSerializable(typeof(WishAnswer))]
[JsonSerializable(typeof(DryRunAnswer))]
[JsonSerializable(typeof(RequestsAnswer))]
[JsonSerializable(typeof(HttpTestAnswer))]
[JsonSerializable(typeof(HookTestAnswer))]
[JsonSerializable(typeof(AccountsAnswer))]
[JsonSerializable(typeof(AccountAnswer))]
[JsonSerializable(typeof(InitAnswer))]
[JsonSerializable(typeof(ImportAnswer))]
[JsonSerializable(typeof(DoctorAnswer))]
[JsonSerializable(typeof(BackupAnswer))]
[JsonSerializable(typeof(RestoreAnswer))]
[JsonSerializable(typeof(StoreCopyAnswer))]
[JsonSerializable(typeof(AcmeRevocationResult))]
[JsonSerializable(typeof(AcmeRollBackResult))]
[JsonSerializable(typeof(AcmeReconcileResult))]
internal sealed partial class AnswersJson : JsonSerializerContext;
