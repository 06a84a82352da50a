using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.RunTime;

/// <summary>A wish made at run time as a record: what was requested as part <c>wish.json</c>, under its label.</summary>
internal static class RunTimeWishRecord
{
    private const string Part = "wish.json";

    public static string OriginOf(string label) => $"the run-time wish '{label}'";

    public static RecordContent Write(AcmeCertificateRequest request) => new([RecordCodec.Json(Part, request with { Label = null }, RunTimeJson.Default.AcmeCertificateRequest)]);

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    public static AcmeCertificateRequest Read(StoreRecord record) => RecordCodec.Json(record, Part, RunTimeJson.Default.AcmeCertificateRequest);

    public static DesiredCertificate Word(string label, AcmeCertificateRequest request) => new(request.Names, OriginOf(label))
    {
        Label = label,
        Provider = request.Provider,
        FallbackProviders = request.FallbackProviders,
        Email = request.Email,
        KeyType = request.KeyType,
        Profile = request.Profile,
        RequireProfile = request.RequireProfile,
        PreferredChain = request.PreferredChain,
        ReuseKey = request.ReuseKey,
        Dns = request.Dns,
        Challenges = request.Challenges,
        IncludeBareDomain = request.IncludeBareDomain,
    };
}
