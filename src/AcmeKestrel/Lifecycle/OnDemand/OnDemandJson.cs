using System.Text.Json;
using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>What names on demand are kept as.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(OnDemandName))]
internal sealed partial class OnDemandJson : JsonSerializerContext;
