namespace AcmeKestrel.Hooks.Programs;

/// <summary>Starts programs: without a shell, in the root folder, with this environment and no other, and with nothing of this process open.</summary>
internal interface IPrograms
{
    /// <summary>Returns when it has ended, or its time is over and all that it started was ended with it; so it is, too, when it is cancelled.</summary>
    Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellationToken);
}

/// <param name="Command">Absolute path.</param>
/// <param name="Input">What it reads on its standard input.</param>
internal sealed record ProgramCall(string Command, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, ReadOnlyMemory<byte> Input, TimeSpan Limit);

/// <param name="ExitCode">Null: it has none.</param>
/// <param name="Fault">Why it has none.</param>
/// <param name="Output">What it said, on both of its outputs; safe for a log.</param>
internal sealed record ProgramResult(int? ExitCode, string? Fault, string Output);
