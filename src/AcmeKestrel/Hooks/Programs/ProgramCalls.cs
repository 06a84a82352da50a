using System.Globalization;
using AcmeKestrel.Configuration.Hooks;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Hooks.Programs;

/// <summary>Tells programs, by the protocol that they know, and judges what they answer.</summary>
internal sealed class ProgramCalls(IPrograms programs, FileTrust trust, ILogger<ProgramCalls> logger)
{
    /// <summary>acmetool's word for an event that the program does not know.</summary>
    private const int NotSupported = 42;

    public async Task<HookOutcome> CallAsync(string hook, HookProgram program, AcmeHookCall call, CancellationToken cancellationToken)
    {
        // Certbot's hooks are told of lineages, and what is not kept any more has none.
        if (program.Protocol is HookProtocol.Certbot && call.Certificates is not [{ Path: not null, Generation: not null }]) return HookOutcome.Done;
        if (trust.FaultOf(program.Command) is { } distrusted) return HookOutcome.Failed(HookLimits.Short(distrusted));

        var result = await programs.RunAsync(Call(hook, program, call), cancellationToken).ConfigureAwait(false);
        if (result.Output.Length > 0) logger.HookSaid(hook, HookEvents.WordOf(call.Event), result.Output);
        var said = result.Output.Length > 0 ? $": {HookLimits.Short(LastOf(result.Output))}" : "";
        var outcome = result.ExitCode switch
        {
            0 => HookOutcome.Done,
            NotSupported => HookOutcome.Unsupported,
            { } code when call.Event is AcmeHookEvent.Renewing => HookOutcome.Refused($"it exited with {code}{said}"),
            { } code => HookOutcome.Failed($"it exited with {code}{said}"),
            null => HookOutcome.Failed($"{result.Fault}{said}"),
        };
        return outcome with { ExitCode = result.ExitCode, Output = result.Output.Length > 0 ? result.Output : null };
    }

    private static ProgramCall Call(string hook, HookProgram program, AcmeHookCall call)
    {
        var environment = EnvironmentOf(hook, call);
        if (program.Protocol is HookProtocol.Certbot)
        {
            var certificate = call.Certificates[0];
            (environment["RENEWED_LINEAGE"], environment["RENEWED_DOMAINS"]) = (certificate.Path!, string.Join(' ', certificate.Names));
            return new ProgramCall(program.Command, program.Arguments, environment, ReadOnlyMemory<byte>.Empty, HookLimits.Call);
        }

        var input = program.Json ? HookDocument.Write(call) : HookDocument.Lines(call);
        IReadOnlyList<string> arguments = program.Protocol is HookProtocol.Plain ? program.Arguments : [.. program.Arguments, HookEvents.WordOf(call.Event)];
        return new ProgramCall(program.Command, arguments, environment, input, HookLimits.Call);
    }

    private static Dictionary<string, string> EnvironmentOf(string hook, AcmeHookCall call)
    {
        var environment = ProgramEnvironment.New();
        environment["ACME_HOOK"] = hook;
        environment["ACME_EVENT"] = HookEvents.WordOf(call.Event);
        environment["ACME_DELIVERY"] = call.Id;
        environment["ACME_ATTEMPT"] = call.Attempt.ToString(CultureInfo.InvariantCulture);
        if (call.IsTest) environment["ACME_TEST"] = "1";
        if (call.StateDirectory is { } state) environment["ACME_STATE_DIR"] = state;
        if (call.Certificates is [{ Reason: { } reason }]) environment["ACME_REASON"] = HookLimits.Short(reason);
        return environment;
    }

    private static string LastOf(string output) => output[(output.LastIndexOf(" | ", StringComparison.Ordinal) is >= 0 and var at ? at + 3 : 0)..];
}
