namespace AcmeKestrel.Serving;

/// <summary>On a connection for whose hello there is no certificate of ours.</summary>
internal sealed record UnansweredHello(string? ServerName);
