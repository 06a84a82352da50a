using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Dns.Programs;

/// <summary>A program of the operator's, by lego's protocol for such programs: <c>present|cleanup &lt;name.&gt; &lt;value&gt;</c>, or, raw, <c>present|cleanup -- &lt;domain&gt; &lt;token&gt; &lt;key authorization&gt;</c>.</summary>
internal sealed class ExecProvider(string program, bool isRaw, TimeSpan limit, IAcmePrograms programs, ILogger<ExecProvider> logger) : IDnsProvider
{
    private const string ProgramKey = "Program";
    private const int DefaultSeconds = 120;

    /// <summary>Whoever takes longer is left behind, whatever he is at.</summary>
    private const int MostSeconds = 120;

    public static ExecProvider Create(AcmeComponentConfiguration configuration, IAcmePrograms programs, ILogger<ExecProvider> logger)
    {
        var program = configuration.Read(ProgramKey);
        if (program.Length > 0 && !Path.IsPathFullyQualified(program)) configuration.Refuse(ProgramKey, $"'{program}' is no absolute path.");
        var isRaw = configuration.Choose("Mode", "Default", "RAW") == "RAW";
        return new ExecProvider(program, isRaw, TimeSpan.FromSeconds(configuration.Count("Timeout", DefaultSeconds, 1, MostSeconds)), programs, logger);
    }

    public Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => RunAsync("present", record, cancellationToken);

    public Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => RunAsync("cleanup", record, cancellationToken);

    public Task CheckAsync(DnsChallengeRecord record, CancellationToken cancellationToken) =>
        programs.FindFault(program) is { } fault ? Task.FromException(new DnsProviderException($"The program {program} is not run: {fault}")) : Task.CompletedTask;

    private async Task RunAsync(string action, DnsChallengeRecord record, CancellationToken cancellationToken)
    {
        // A token may begin with a dash.
        string[] arguments = isRaw ? [action, "--", record.Domain, record.Token, record.KeyAuthorization] : [action, $"{record.Name}.", record.Value];
        var result = await programs.RunAsync(program, arguments, limit, cancellationToken).ConfigureAwait(false);
        if (result.Output.Length > 0) logger.ProgramSaid(program, action, record.Name, result.Output);
        if (result.ExitCode == 0) return;

        var said = result.Output.Length > 0 ? $": {result.Output[(result.Output.LastIndexOf(" | ", StringComparison.Ordinal) is >= 0 and var at ? at + 3 : 0)..]}" : "";
        throw new DnsProviderException(result.ExitCode is { } code ? $"The program {program} exited with {code} on {action}{said}" : $"The program {program} failed on {action}: {result.Fault}{said}");
    }
}
