using System.Text.Json;
using System.Text.Json.Serialization;
using AcmeKestrel.Lifecycle.Planning.Revocations;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>The JSON of schedule and revocation records; indented, since an operator reads them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true, RespectNullableAnnotations = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Schedule))]
[JsonSerializable(typeof(Revocation))]
internal sealed partial class PlanningJson : JsonSerializerContext;
