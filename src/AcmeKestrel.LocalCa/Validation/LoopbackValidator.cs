using System.Net;
using System.Net.Sockets;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Validation;

/// <summary>Which ports stand for 80 and 443.</summary>
internal sealed record ProbePorts(int Http, int Tls);

/// <summary>Asks for real, over loopback, with one deadline for the whole probe.</summary>
/// <param name="dnsServer">Who is asked for records; null = nobody, so that none succeeds.</param>
internal sealed class LoopbackValidator(Func<ProbePorts> ports, TimeProvider time, IPEndPoint? dnsServer = null)
{
    private readonly HttpProbe _http = new(ports);
    private readonly TlsAlpnProbe _tls = new(ports);
    private readonly DnsProbe? _dns = dnsServer is null ? null : new DnsProbe(dnsServer, time);

    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(5);

    public async ValueTask<ChallengeProblem?> ValidateAsync(ChallengeProbe probe, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await AskAsync(probe, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return probe.RecordName is not null
                ? new ChallengeProblem("dns", $"The resolver did not answer for {probe.Identifier} within {Deadline.TotalSeconds:0.#} s.")
                : new ChallengeProblem("connection", $"{probe.Identifier} did not answer within {Deadline.TotalSeconds:0.#} s.");
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or IOException)
        {
            return new ChallengeProblem("connection", $"{probe.Identifier} cannot be reached: {error.Message}");
        }
    }

    private Task<ChallengeProblem?> AskAsync(ChallengeProbe probe, CancellationToken cancellationToken) => probe.Type switch
    {
        ChallengeTypes.Http01 => _http.ProbeAsync(probe, cancellationToken),
        ChallengeTypes.TlsAlpn01 => _tls.ProbeAsync(probe, cancellationToken),
        _ => _dns?.ProbeAsync(probe, cancellationToken) ?? Task.FromResult<ChallengeProblem?>(new ChallengeProblem("dns", "This CA has no resolver.")),
    };
}
