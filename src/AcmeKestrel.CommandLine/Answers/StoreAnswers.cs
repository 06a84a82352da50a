namespace AcmeKestrel.CommandLine;

/// <summary>What <c>store copy --json</c> prints.</summary>
internal sealed record StoreCopyAnswer(AcmeStoreCopyResult Result);
