using AcmeKestrel.Lifecycle;

namespace AcmeKestrel.Management;

/// <summary>Imports in the process that has the state.</summary>
internal sealed class ImportDesk(ImportLook look, LabelDesk desk, WishFollower follower)
{
    public async Task<AcmeImportResult> ImportAsync(AcmeCertificateImport import, CancellationToken cancellationToken)
    {
        // Which label it is for depends on what is wished, and whoever asks right after the start is before those who read that.
        await follower.ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);
        if (look.Read(import, out var refused) is not { } target) return refused!;

        await desk.ImportAsync(target.Label, target.Request, cancellationToken).ConfigureAwait(false);
        return look.ResultOf(import, target);
    }
}
