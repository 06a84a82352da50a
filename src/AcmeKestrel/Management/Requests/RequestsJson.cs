using System.Text.Json;
using System.Text.Json.Serialization;

namespace AcmeKestrel.Management.Requests;

/// <summary>What requests are kept as.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoredRequest))]
internal sealed partial class RequestsJson : JsonSerializerContext;
