using System.CommandLine;
using AcmeKestrel.CommandLine.Doctoring;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>doctor</c>: looks at what operators get wrong.</summary>
internal sealed class DoctorVerb : Verb
{
    private readonly Option<bool> _offline = new("--offline") { Description = "Asks no CA and no resolver." };

    public override IReadOnlyList<string> Examples => ["doctor", "doctor --offline"];

    public override Command Command => new("doctor", "Looks at what goes wrong most often, and says what to do. Changes nothing; asks the directory of each wished CA, and the resolver. Exit code: 0 all is well, 3 with warnings, 1 something is wrong.") { _offline };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var findings = await LookAsync(run, cancellationToken).ConfigureAwait(false);
        var level = findings.Max(finding => finding.Level);
        if (run.Console.IsJson)
        {
            await run.Console.JsonAsync(new DoctorAnswer(level, findings), ReadableJson.Answers.DoctorAnswer).ConfigureAwait(false);
        }
        else
        {
            foreach (var (subject, one, message, advice) in findings)
            {
                await run.Console.LineAsync($"{one.ToString().ToLowerInvariant(),-8}{subject}: {message}").ConfigureAwait(false);
                if (advice is not null) await run.Console.LineAsync($"        {advice}").ConfigureAwait(false);
            }
        }

        return level switch
        {
            FindingLevel.Ok => AcmeExitCode.Done,
            FindingLevel.Warning => AcmeExitCode.SomeFailed,
            _ => AcmeExitCode.Error,
        };
    }

    private async Task<List<Finding>> LookAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var services = run.App.Services;
        var (state, time, asks) = (services.GetRequiredService<IAcmeState>(), services.GetRequiredService<TimeProvider>(), !run.Words.GetValue(_offline));
        List<Finding> findings = [Finding.Ok("configuration", "it is valid"), .. StateLook.Look(state)];
        var server = await state.FindServerAsync(cancellationToken).ConfigureAwait(false);
        findings.Add(Server(state, server));

        var statuses = await StatusesAsync(state, server, findings, cancellationToken).ConfigureAwait(false);
        findings.AddRange(EndpointLook.Look(run.App.Configuration, isServing: server is not null && statuses.Any(status => status.State is AcmeCertificateState.Served)));
        var configured = ConfiguredAccount.Of(run.App);
        var providers = statuses.Select(status => status.Provider).Where(name => name.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (providers.Count == 0 && configured.Provider is { } usual) providers.Add(usual);
        findings.AddRange(await new CaLook(services.GetRequiredService<IAcmeAccounts>(), configured, time).LookAsync(providers, asks, cancellationToken).ConfigureAwait(false));
        findings.AddRange(WishLook.Look(statuses, time.GetUtcNow()));
        if (asks) findings.AddRange(await WishLook.ResolveAsync(statuses, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    /// <summary>Where an engine has the state, whoever orders may be another machine, and has no socket here.</summary>
    private static Finding Server(IAcmeState state, IAcmeServer? server)
    {
        if (server is not null) return Server(server.Info);
        return state.Directory is null
            ? Finding.Ok("server", "which machine orders cannot be seen from here: the state is kept in an engine")
            : new Finding("server", FindingLevel.Warning, "none runs on this state", "Start the application: nothing is renewed meanwhile, unless 'acme reconcile' is called by a timer.");
    }

    private static Finding Server(AcmeServerInfo info) => info.User == Environment.UserName || Environment.IsPrivilegedProcess
        ? Finding.Ok("server", $"it runs (process {info.ProcessId}, user {info.User}, since {AcmeStatusLine.Moment(info.StartedAt)})")
        : new Finding("server", FindingLevel.Warning, $"it runs as {info.User}, and this is {Environment.UserName}", $"Call commands as {info.User}, or as root.");

    /// <summary>A state that cannot be read is a finding, and the others count all the same.</summary>
    private static async Task<IReadOnlyList<AcmeCertificateStatus>> StatusesAsync(IAcmeState state, IAcmeServer? server, List<Finding> findings, CancellationToken cancellationToken)
    {
        if (!state.Exists) return [];

        try
        {
            return await KnownStatuses.ReadAsync(state, server, cancellationToken).ConfigureAwait(false);
        }
        catch (Storage.StoreUnavailableException unreadable)
        {
            findings.Add(new Finding("state", FindingLevel.Wrong, VerbConsole.OneLine(unreadable.Message), "What is wished and stored cannot be looked at."));
            return [];
        }
    }
}
