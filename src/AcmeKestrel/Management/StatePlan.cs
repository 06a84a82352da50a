using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Management;

/// <summary>What a server would do with the state as it is, in a process that is none: the same reading, the same situations, the same planner, and nothing is done.</summary>
internal sealed class StatePlan(StateReading reading, Labels labels, StatusBoard board, SituationReader situations, ImportLook imports, IAcmeSettings settings, TimeProvider time)
{
    public async Task<IReadOnlyList<AcmePlannedCertificate>> ReadAsync(CancellationToken cancellationToken)
    {
        var session = await reading.BeginAsync(cancellationToken).ConfigureAwait(false);
        var plans = new List<AcmePlannedCertificate>();
        foreach (var entry in labels.All.OrderBy(entry => entry.Label, StringComparer.Ordinal))
        {
            await reading.ReadScheduleAsync(entry, cancellationToken).ConfigureAwait(false);
            var situation = (await situations.ReadAsync(entry, session, cancellationToken).ConfigureAwait(false)) with { Gate = Disabled() };
            var plan = PlanWords.Of(entry.View(situation.Wish), Planner.Decide(situation, time.GetUtcNow()));
            if (plan is not null) plans.Add(plan);
        }

        // Entries that could not become wishes.
        plans.AddRange(board.List().Where(status => status.Provider.Length == 0).Select(status => new AcmePlannedCertificate(status.Label, AcmePlannedAction.Wait, status.Reason ?? "") { Status = status }));
        return plans;
    }

    /// <summary>What would become of certificates from elsewhere, each by itself.</summary>
    public async Task<IReadOnlyList<AcmeImportResult>> ReadImportsAsync(IReadOnlyList<AcmeCertificateImport> certificates, CancellationToken cancellationToken)
    {
        var session = await reading.BeginAsync(cancellationToken).ConfigureAwait(false);
        var results = new List<AcmeImportResult>();
        foreach (var certificate in certificates)
        {
            if (imports.Read(certificate, out var refused) is not { } target)
            {
                results.Add(refused!);
                continue;
            }

            var entry = labels.Of(target.Label);
            await reading.ReadScheduleAsync(entry, cancellationToken).ConfigureAwait(false);
            target.Request.Verdict = Imports.Judge(target.Request, await situations.ReadAsync(entry, session, cancellationToken).ConfigureAwait(false), time.GetUtcNow());
            results.Add(imports.ResultOf(certificate, target));
        }

        return results;
    }

    private Obstacle? Disabled() => settings.Current.Enabled ? null : new Obstacle(ObstacleKind.Disabled, "Acme:Enabled is false");
}
