namespace AcmeKestrel.Hooks.Programs;

/// <summary>Programs of packages, under the rules of hooks.</summary>
internal sealed class TrustedPrograms(IPrograms programs, FileTrust trust) : IAcmePrograms
{
    public string? FindFault(string program) => trust.FaultOf(program) is { } fault ? HookLimits.Short(fault) : null;

    public async Task<AcmeProgramResult> RunAsync(string program, IReadOnlyList<string> arguments, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (FindFault(program) is { } fault) return new AcmeProgramResult { Fault = fault };

        var result = await programs.RunAsync(new ProgramCall(program, arguments, ProgramEnvironment.New(), ReadOnlyMemory<byte>.Empty, limit), cancellationToken).ConfigureAwait(false);
        return new AcmeProgramResult { ExitCode = result.ExitCode, Fault = result.Fault, Output = result.Output };
    }
}
