using System.Text.Json;
using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>The JSON of certificate records; indented, since an operator reads them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true, RespectNullableAnnotations = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GenerationMeta))]
internal sealed partial class StateJson : JsonSerializerContext;
