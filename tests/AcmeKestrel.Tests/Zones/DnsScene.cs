using AcmeKestrel.LocalCa;
using AcmeKestrel.Tests.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Zones;

/// <summary>An application with a DNS provider, and a CA that looks into its zone.</summary>
public abstract class DnsScene : CommandScene
{
    private protected DnsScene()
    {
        Settings["Acme:Dns:Default"] = "corp";
        Also = services =>
        {
            services.AddAcme().AddDnsProvider("corp", _ => Zone);
            services.AddSingleton<IDnsLookup>(Zone);
        };
        Behaviour.Validator = StagingBehaviour.Validator = (probe, _) => ValueTask.FromResult(Validate(probe));
    }

    internal FakeZone Zone { get; } = new();

    /// <summary>What a probe of a record found, name by name.</summary>
    private protected List<string> Proven { get; } = [];

    /// <summary>The records that are still to be removed.</summary>
    private protected IEnumerable<string> Leftovers => Directory.Exists(Path.Combine(State, "dns")) ? Directory.GetFiles(Path.Combine(State, "dns")) : [];

    private ChallengeProblem? Validate(ChallengeProbe probe)
    {
        if (probe.RecordName is null) return new ChallengeProblem("connection", "nobody is there");
        if (probe.JudgeRecords(Zone.ValuesAt(probe.RecordName), DateTimeOffset.UtcNow) is { } problem) return problem;

        lock (Proven) Proven.Add(probe.Identifier);
        return null;
    }
}
