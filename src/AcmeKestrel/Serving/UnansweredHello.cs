namespace AcmeKestrel.Serving;

/// <summary>On a connection for whose hello there is no certificate of ours.</summary>
/// <param name="MayBeStored">What is stored was not known yet when it was looked for.</param>
internal sealed record UnansweredHello(string? ServerName, bool MayBeStored);
