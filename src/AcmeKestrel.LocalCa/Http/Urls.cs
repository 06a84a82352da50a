namespace AcmeKestrel.LocalCa.Http;

/// <summary>The CA's URLs. A client repeats them letter by letter (RFC 8555 section 6.4), so each is written in one place.</summary>
internal sealed class Urls(string directoryUrl)
{
    private readonly string _origin = new Uri(directoryUrl).GetLeftPart(UriPartial.Authority);

    public string Directory { get; } = directoryUrl;

    public string DirectoryPath { get; } = new Uri(directoryUrl).AbsolutePath;

    public string Host { get; } = new Uri(directoryUrl).IdnHost;

    public string Of(string path) => _origin + path;

    public string Account(string id) => Of($"/account/{id}");

    public string Orders(string accountId, int page) => Of(page == 0 ? $"/orders/{accountId}" : $"/orders/{accountId}/{page}");

    public string Order(string id) => Of($"/order/{id}");

    public string Authorization(string id) => Of($"/authorization/{id}");

    public string Challenge(string id) => Of($"/challenge/{id}");

    public string Finalize(string orderId) => Of($"/finalize/{orderId}");

    /// <param name="chain">0 = the default chain.</param>
    public string Certificate(string id, int chain = 0) => Of(chain == 0 ? $"/certificate/{id}" : $"/certificate/{id}/{chain}");

    public string RenewalInfo => Of("/renewal-info");

    public string Crl => Of("/crl");

    /// <summary>The account id of a <c>kid</c>, which must be the URL that newAccount gave, letter by letter.</summary>
    public string? AccountId(string url) => url.StartsWith(Account(""), StringComparison.Ordinal) ? url[Account("").Length..] : null;
}
