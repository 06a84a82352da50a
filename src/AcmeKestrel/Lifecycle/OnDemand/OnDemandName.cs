using System.Text.Json.Serialization;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>A name that somebody came for and that was allowed: part <c>name.json</c> of a record under that name.</summary>
/// <param name="Since">When it was wished: what came of late is counted by that.</param>
/// <param name="VisitedAt">When it was last heard that somebody came for it, and it was allowed. Written once for each of its certificates.</param>
internal sealed record OnDemandName([property: JsonRequired] DateTimeOffset Since, [property: JsonRequired] DateTimeOffset VisitedAt)
{
    private const string Part = "name.json";

    public static string OriginOf(string name) => $"a visitor of '{name}'";

    public RecordContent Write() => new([RecordCodec.Json(Part, this, OnDemandJson.Default.OnDemandName)]);

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    public static OnDemandName Read(StoreRecord record) => RecordCodec.Json(record, Part, OnDemandJson.Default.OnDemandName);

    /// <summary>One name, one certificate: what <c>www.</c> brings along nobody came for.</summary>
    public DesiredCertificate Word(string name) => new([name], OriginOf(name)) { Label = name, IncludeBareDomain = false, VisitedAt = VisitedAt };
}
