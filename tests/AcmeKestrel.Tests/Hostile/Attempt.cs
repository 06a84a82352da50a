using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>A request that is about to fail.</summary>
/// <param name="Number">Of the failing requests, from 1.</param>
/// <param name="ProcessAsync">Lets the CA process the request.</param>
/// <param name="NonceAsync">Asks the CA for a good nonce.</param>
/// <param name="Flood">Counts what is read of a body without a sensible end.</param>
internal sealed record Attempt(
    HttpRequestMessage Request, int Number, FakeTimeProvider Time, Func<Task<HttpResponseMessage>> ProcessAsync, Func<Task<string>> NonceAsync, Flood Flood, CancellationToken Cancellation);
