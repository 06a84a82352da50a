using System.Globalization;
using System.Security.Cryptography;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Requests;

/// <summary>A request as a record: part <c>request.json</c>, named after the time, so that they are listed as they came.</summary>
internal static class RequestRecord
{
    private const string Part = "request.json";

    public static RecordKey NewKey(DateTimeOffset now) =>
        new(RecordKind.Request, string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime:yyyyMMdd'T'HHmmssfff'Z'}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}"));

    public static RecordContent Write(StoredRequest request) => new([RecordCodec.Json(Part, request, RequestsJson.Default.StoredRequest)]);

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    public static StoredRequest Read(StoreRecord record) => RecordCodec.Json(record, Part, RequestsJson.Default.StoredRequest);
}
