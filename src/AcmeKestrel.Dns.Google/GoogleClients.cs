using Google.Apis.Http;

namespace AcmeKestrel.Dns.Google;

/// <summary>Whom the library asks for tokens is reached as the API is.</summary>
internal sealed class GoogleClients(HttpMessageHandler handler) : HttpClientFactory
{
    protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) => handler;
}
