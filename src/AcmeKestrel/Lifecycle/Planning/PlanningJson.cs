using System.Text.Json;
using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>The JSON of schedule records; indented, since an operator reads them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true, RespectNullableAnnotations = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Schedule))]
internal sealed partial class PlanningJson : JsonSerializerContext;
