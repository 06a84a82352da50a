using System.Net.Sockets;

namespace AcmeKestrel.LocalCa.Validation;

/// <summary>Validates for real, at loopback only: whatever the name, the probe goes to this machine (promise 12).</summary>
internal sealed class LoopbackValidator(Func<int?> httpPort, Func<int?> tlsPort, TimeProvider time) : IChallengeValidator
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    public async ValueTask<ChallengeFailure?> ValidateAsync(ChallengeProbe probe, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return (probe.Type, probe.Type == "http-01" ? httpPort() : tlsPort()) switch
            {
                (_, null) => new ChallengeFailure("connection", $"the application listens on no port for {probe.Type}; set LocalCa:{(probe.Type == "http-01" ? "HttpPort" : "TlsPort")}"),
                ("http-01", { } port) => await Http01Probe.RunAsync(probe, port, either.Token),
                (_, { } port) => await TlsAlpn01Probe.RunAsync(probe, port, either.Token),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ChallengeFailure("connection", $"no answer for {probe.Identifier} within {Deadline.TotalSeconds} s");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or SocketException)
        {
            return new ChallengeFailure("connection", $"{probe.Identifier}: {fault.Message}");
        }
    }
}
