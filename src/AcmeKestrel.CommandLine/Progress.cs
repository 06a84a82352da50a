namespace AcmeKestrel.CommandLine;

/// <summary>Shows how far the orders have come while somebody waits for them.</summary>
internal static class Progress
{
    /// <param name="label">The one that is shown; null: all.</param>
    public static async Task<T> ShowAsync<T>(IAcmeCertificates certificates, string? label, VerbConsole console, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(certificates, label, console, over.Token);
        try
        {
            return await work(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
            await console.ProgressOverAsync().ConfigureAwait(false);
        }
    }

    private static async Task WatchAsync(IAcmeCertificates certificates, string? label, VerbConsole console, CancellationToken cancellationToken)
    {
        var told = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            await foreach (var change in certificates.WatchAsync(cancellationToken).ConfigureAwait(false))
            {
                if (change.Status is not { State: AcmeCertificateState.Ordering, Reason: { } step } || (label is not null && change.Label != label) || told.GetValueOrDefault(change.Label) == step) continue;

                told[change.Label] = step;
                await console.ProgressAsync($"{change.Label}: {step}").ConfigureAwait(false);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or Storage.StoreUnavailableException)
        {
            // The work tells what became of it.
        }
    }
}
