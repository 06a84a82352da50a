namespace AcmeKestrel.CommandLine;

/// <summary>What <c>test http --json</c> prints.</summary>
internal sealed record HttpTestAnswer(IReadOnlyList<TestedName> Names);

/// <param name="IsGood">A CA that sees what this machine sees would find the answer.</param>
/// <param name="Problem">Why it was not looked for at all.</param>
/// <param name="Addresses">A look at each address that the name has.</param>
internal sealed record TestedName(string Name, bool IsGood, string? Problem, IReadOnlyList<TestedAddress> Addresses);

/// <param name="Address">Null: the name has none.</param>
/// <param name="Message">What happened, as a person is told.</param>
/// <param name="Advice">What to do; null: nothing.</param>
/// <param name="Url">What was asked for last.</param>
/// <param name="Text">The beginning of an answer that is another one.</param>
internal sealed record TestedAddress(string? Address, AcmeHttpTestOutcome Outcome, string Message, string? Advice, string? Url, int Redirects, int? Status, string? Text);

/// <summary>What <c>test hook --json</c> prints.</summary>
internal sealed record HookTestAnswer(AcmeHookTestResult Result);
