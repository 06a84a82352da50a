using System.Text.Json;
using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>The JSON of order and answer records; indented, since an operator reads them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true, RespectNullableAnnotations = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PendingOrder))]
[JsonSerializable(typeof(StoredAnswer))]
internal sealed partial class OrderingJson : JsonSerializerContext;
