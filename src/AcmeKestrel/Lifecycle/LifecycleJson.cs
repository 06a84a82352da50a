using System.Text.Json;
using System.Text.Json.Serialization;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle;

/// <summary>The JSON of this room's records; indented, since an operator reads them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PendingOrder))]
[JsonSerializable(typeof(Schedule))]
[JsonSerializable(typeof(LedgerState))]
[JsonSerializable(typeof(AccountFacts))]
[JsonSerializable(typeof(StoredAnswer))]
[JsonSerializable(typeof(GenerationMeta))]
internal sealed partial class LifecycleJson : JsonSerializerContext;
