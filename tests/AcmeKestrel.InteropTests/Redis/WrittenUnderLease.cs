using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>A short lease, and what was written under it.</summary>
internal sealed record WrittenUnderLease(IStoreLease Lease, RecordVersion Version)
{
    /// <summary>Of a machine that is busy it may end before the write arrives: then it is taken anew.</summary>
    public static Task<WrittenUnderLease> MakeAsync(IAcmeStore store, StoreLeaseRequest request, StoreWrite write, CancellationToken cancellationToken) => Patience.UntilAsync(
        async _ =>
        {
            try
            {
                return await store.TryLeaseAsync(request, cancellationToken) is { } lease ? new WrittenUnderLease(lease, await store.WriteAsync(write with { Fence = lease.Fence }, cancellationToken)) : null;
            }
            catch (Exception late) when (late is StoreConflictException or StoreUnavailableException)
            {
                return null;
            }
        },
        () => "No write arrived before the end of its lease.",
        cancellationToken);
}
