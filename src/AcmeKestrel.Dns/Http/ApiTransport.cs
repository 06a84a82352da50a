using AcmeKestrel.Protocol.Transport;

namespace AcmeKestrel.Dns.Http;

/// <summary>What all APIs are asked through: apart from the application's own clients, without redirects and cookies.</summary>
internal sealed class ApiTransport(HttpMessageHandler handler, TimeProvider time) : IDisposable
{
    private const int MostBytes = 1024 * 1024;

    /// <summary>For one request, its answer included.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly HttpMessageInvoker _invoker = new(handler, disposeHandler: true);

    public TimeProvider Time => time;

    /// <summary>For a vendor's library that takes one: whoever has its credentials is reached as the API is.</summary>
    public HttpMessageHandler Handler => handler;

    public static SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectCallback = (context, token) => new HappyEyeballs(TimeProvider.System).ConnectAsync(context.DnsEndPoint, token),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        MaxResponseHeadersLength = 64,
    };

    /// <summary>The answer with its whole body.</summary>
    /// <exception cref="DnsProviderException">There is none.</exception>
    public async Task<(HttpResponseMessage Head, byte[] Body)> SendAsync(string service, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            var response = await _invoker.SendAsync(request, either.Token).ConfigureAwait(false);
            await using var stream = await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            var body = new MemoryStream();
            var buffer = new byte[16 * 1024];
            while (await stream.ReadAsync(buffer, either.Token).ConfigureAwait(false) is > 0 and var read)
            {
                if (body.Length + read > MostBytes) throw new DnsProviderException($"{service} answers more than {MostBytes} bytes");
                body.Write(buffer, 0, read);
            }

            return (response, body.ToArray());
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new DnsProviderException($"{service} does not answer within {Limit.TotalSeconds} s");
        }
        catch (Exception away) when (away is HttpRequestException or IOException)
        {
            throw new DnsProviderException($"{service} cannot be asked: {away.Message}", away);
        }
    }

    /// <summary>Credentials that a vendor's library finds: it asks whom it likes, for no longer than a request may take.</summary>
    /// <param name="from">Whose they are.</param>
    /// <exception cref="DnsProviderException">They do not come.</exception>
    public async Task<T> FindCredentialsAsync<T>(string from, Func<CancellationToken, Task<T>> find, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var token = either.Token;
        try
        {
            return await Task.Run(() => find(token), CancellationToken.None).WaitAsync(token).ConfigureAwait(false);
        }
        catch (Exception late) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // However the library tells that it was called off.
            throw new DnsProviderException($"{from} gives no credentials within {Limit.TotalSeconds} s", late);
        }
        catch (OperationCanceledException gaveUp) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DnsProviderException($"{from} gives no credentials: whoever has them does not answer", gaveUp);
        }
    }

    public void Dispose() => _invoker.Dispose();
}
