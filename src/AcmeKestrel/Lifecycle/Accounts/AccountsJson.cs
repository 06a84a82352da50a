using System.Text.Json;
using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>The JSON of account records; indented, since an operator reads them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true, RespectNullableAnnotations = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AccountFacts))]
internal sealed partial class AccountsJson : JsonSerializerContext;
