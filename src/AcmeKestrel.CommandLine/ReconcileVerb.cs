using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine;

/// <summary><c>acme reconcile</c>: the server listens for as long as one pass takes, because a CA asks it for the proofs.</summary>
internal sealed class ReconcileVerb(WebApplication app, TextWriter output, TextWriter error)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException busy)
        {
            // Kestrel's answer to an endpoint it cannot have.
            return await FailAsync($"{busy.Message} If the application already runs, it keeps its certificates by itself.").ConfigureAwait(false);
        }

        return await PassAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, app.Lifetime.ApplicationStopping);
        try
        {
            var result = await app.Services.GetRequiredService<IAcmeCertificates>().ReconcileAsync(stopping.Token).ConfigureAwait(false);
            return result.Error is { } reason ? await FailAsync(reason).ConfigureAwait(false) : await TellAsync(result).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return await FailAsync("Stopped before the pass was over; the next one continues its orders.").ConfigureAwait(false);
        }
        finally
        {
            await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<int> TellAsync(AcmeReconcileResult result)
    {
        var statuses = result.Current.Concat(result.Failed).DistinctBy(status => status.Label).OrderBy(status => status.Label, StringComparer.Ordinal).ToList();
        foreach (var status in statuses)
        {
            var news = result.Issued.Contains(status.Label) ? " (new)" : "";
            await output.WriteLineAsync(AcmeStatusLine.Of(status) + news).ConfigureAwait(false);
        }

        foreach (var label in result.Issued.Except(statuses.Select(status => status.Label))) await output.WriteLineAsync($"{label}: served (new)").ConfigureAwait(false);
        if (statuses.Count == 0 && result.Issued.Count == 0) await output.WriteLineAsync("No certificate is wished.").ConfigureAwait(false);
        return result.Failed.Count > 0 || statuses.Exists(status => status.Exports.Any(file => file.Problem is not null)) ? AcmeExitCode.SomeFailed : AcmeExitCode.Done;
    }

    private async Task<int> FailAsync(string message)
    {
        await error.WriteLineAsync(message).ConfigureAwait(false);
        return AcmeExitCode.Error;
    }
}
