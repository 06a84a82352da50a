using System.Net;
using System.Net.Sockets;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Challenges;

/// <summary>
/// Whether a name resolves, and whether a request for an http-01 token comes back to this process (RFC 8555 section 8.3). A word to the wise and no more: networks with another view of themselves than the world has of them
/// see faults where there are none.
/// </summary>
internal sealed class FrontDoor : IFrontDoor, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Func<bool> _isOn;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly HttpMessageInvoker _http;
    private readonly TimeProvider _time;
    private readonly DoorVisits _visits;

    /// <param name="isOn">The setting.</param>
    /// <param name="visitorOf">What asks at one address of a name.</param>
    public FrontDoor(
        Func<bool> isOn, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null, HttpMessageHandler? http = null, Func<string, IPAddress, HttpMessageHandler>? visitorOf = null)
    {
        (_isOn, _time, _resolve) = (isOn, time, resolve ?? Dns.GetHostAddressesAsync);
        _http = new HttpMessageInvoker(http ?? new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, ConnectTimeout = Patience, PooledConnectionLifetime = TimeSpan.Zero });
        _visits = new DoorVisits(_resolve, visitorOf ?? ((name, address) => DoorVisits.NewHandler(name, address, _resolve, Patience)), time);
    }

    public async Task<string?> FindFaultAsync(ChallengeAnswer answer, CancellationToken cancellationToken)
    {
        // What no public CA certifies is found by means of its own: a hosts file, a resolver for tests.
        if (!_isOn() || answer.Identifier.Type is not AcmeIdentifierType.Dns || answer.Identifier.IsWildcard || SpecialUse.Find(answer.Identifier) is not null) return null;

        using var deadline = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            if ((await _resolve(answer.Identifier.Value, either.Token).ConfigureAwait(false)).Length == 0) return $"{answer.Identifier} has no address";
            return answer.Type == ChallengeTypes.Http01 ? await AskAsync(answer, either.Token).ConfigureAwait(false) : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{answer.Identifier} does not answer within {Patience.TotalSeconds:0} s";
        }
        catch (SocketException unknown)
        {
            return $"{answer.Identifier} does not resolve: {unknown.Message}";
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or IOException)
        {
            return $"{answer.Identifier} cannot be reached on port 80: {unreachable.Message}";
        }
    }

    public Task<IReadOnlyList<AcmeHttpTestVisit>> VisitAsync(ChallengeAnswer answer, CancellationToken cancellationToken) => _visits.VisitAsync(answer, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<string?> AskAsync(ChallengeAnswer answer, CancellationToken cancellationToken)
    {
        var url = $"http://{answer.Identifier.Value}/.well-known/acme-challenge/{answer.Token}";
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);

        // A CA follows it; where it leads to is not looked at.
        if ((int)response.StatusCode is >= 300 and < 400) return null;
        if (response.StatusCode is not HttpStatusCode.OK) return $"{url} answers {(int)response.StatusCode}: another server has the name, or this one is not there yet";

        return await DoorVisits.ReadAsync(response, cancellationToken).ConfigureAwait(false) == answer.KeyAuthorization ? null : $"{url} answers something else than this process: another server has the name";
    }
}
