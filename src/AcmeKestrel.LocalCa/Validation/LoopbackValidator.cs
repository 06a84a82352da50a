using System.Net.Sockets;

namespace AcmeKestrel.LocalCa.Validation;

/// <summary>Which ports stand for 80 and 443.</summary>
internal sealed record ProbePorts(int Http, int Tls);

/// <summary>Asks for real, over loopback, with one deadline for the whole probe.</summary>
internal sealed class LoopbackValidator(Func<ProbePorts> ports, TimeProvider time)
{
    private readonly HttpProbe _http = new(ports);
    private readonly TlsAlpnProbe _tls = new(ports);

    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(5);

    public async ValueTask<ChallengeProblem?> ValidateAsync(ChallengeProbe probe, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await (probe.Type == "http-01" ? _http.ProbeAsync(probe, either.Token) : _tls.ProbeAsync(probe, either.Token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ChallengeProblem("connection", $"{probe.Identifier} did not answer within {Deadline.TotalSeconds:0.#} s.");
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or IOException)
        {
            return new ChallengeProblem("connection", $"{probe.Identifier} cannot be reached: {error.Message}");
        }
    }
}
