namespace AcmeKestrel.LocalCa;

/// <summary>A request as the rules see it, without HTTP around it.</summary>
/// <param name="Url">The whole URL as the client wrote it: what its signature must name.</param>
internal sealed record CaRequest(string Method, string Url, string? ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>Scheme, host and port: the front of every URL in the answer.</summary>
    public string Base { get; } = Url[..Url.IndexOf('/', "https://".Length)];

    /// <summary>What follows, without a query.</summary>
    public string Path { get; } = Url[Url.IndexOf('/', "https://".Length)..].Split('?')[0];
}
