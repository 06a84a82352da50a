using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving;

/// <summary>What a handshake does whose name is not in the table: it asks the miss handler, if there is one. One question per name at a time, few at once, each with a deadline.</summary>
internal sealed class CertificateMisses(
    CertificateTable table, ServingLimits limits, TimeProvider time, ILogger<CertificateMisses> logger, ICertificateMissHandler? handler = null)
{
    private readonly SingleFlight<bool> _questions = new(limits.MaxMisses, StringComparer.OrdinalIgnoreCase);

    public ValueTask<ServedCertificate?> FindAsync(in ClientHello hello)
    {
        if (handler is null || hello.ServerName is not { } name) return default;

        return AcmeIdentifier.TryParse(name, out _, out _) ? FindAsync(handler, name, hello.AcceptsEcdsa) : default;
    }

    private async ValueTask<ServedCertificate?> FindAsync(ICertificateMissHandler asked, string name, bool acceptsEcdsa) =>
        _questions.Join(name, serverName => AskAsync(asked, serverName)) is { } question && await question ? table.Find(name, acceptsEcdsa) : null;

    private async Task<bool> AskAsync(ICertificateMissHandler asked, string name)
    {
        using var deadline = new CancellationTokenSource(limits.MissDeadline, time);
        try
        {
            return await asked.OnMissAsync(name, deadline.Token).AsTask().WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception exception)
        {
            // Whatever went wrong there, this visitor gets what unknown names get.
            logger.MissHandlerFailed(name, exception);
            return false;
        }
    }
}
