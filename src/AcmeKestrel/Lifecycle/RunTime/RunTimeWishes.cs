using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.RunTime;

/// <summary>The wishes that the application makes.</summary>
internal sealed class RunTimeWishes(IAcmeStore store, TimeProvider time) : RecordedWishes<AcmeCertificateRequest>(store, RecordKind.Wish, time)
{
    public override AcmeWishSource Source => AcmeWishSource.Api;

    protected override DesiredCertificate Word(string label, AcmeCertificateRequest wish) => RunTimeWishRecord.Word(label, wish);

    protected override RecordContent Write(AcmeCertificateRequest wish) => RunTimeWishRecord.Write(wish);

    protected override AcmeCertificateRequest ReadWish(StoreRecord record) => RunTimeWishRecord.Read(record);

    protected override string OriginOf(string label) => RunTimeWishRecord.OriginOf(label);
}
