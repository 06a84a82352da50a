using System.Globalization;
using System.Security.Cryptography;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Requests;

/// <summary>A request as a record: part <c>request.json</c>, named after the time, so that they are listed as they came.</summary>
internal static class RequestRecord
{
    private const string Part = "request.json";

    private const string KeyPart = "privkey";

    public static RecordKey NewKey(DateTimeOffset now) =>
        new(RecordKind.Request, string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime:yyyyMMdd'T'HHmmssfff'Z'}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}"));

    /// <summary>A key stands there as long as somebody may need it, and no longer.</summary>
    public static RecordContent Write(StoredRequest request)
    {
        var asked = RecordCodec.Json(Part, request, RequestsJson.Default.StoredRequest);
        return new RecordContent(request is { Key: { } key, Outcome: null } ? [asked, RecordCodec.Text(KeyPart, key, secret: true)] : [asked]);
    }

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    public static StoredRequest Read(StoreRecord record)
    {
        var request = RecordCodec.Json(record, Part, RequestsJson.Default.StoredRequest);
        return record.Content.Find(KeyPart) is null ? request : request with { Key = RecordCodec.Text(record, KeyPart) };
    }
}
