using System.Collections.Concurrent;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Exports;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Telling;

/// <summary>Tells the log what happened to the labels.</summary>
internal sealed class LabelLog(ILogger<LabelLog> logger) : ILabelObserver
{
    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);

    /// <summary>What keeps many names waiting is told of the first of them; a thousand warnings in one outage would hide all others.</summary>
    private readonly ConcurrentDictionary<(ObstacleKind Kind, string Provider), bool> _told = new();

    public void On(LabelEvent happened)
    {
        var label = happened.Label.Label;
        switch (happened)
        {
            case LabelEvent.Decided { Decision: Decision.Wait { Obstacle: { Kind: ObstacleKind.NotVisited } unvisited }, IsNews: true }:
                logger.NotVisited(label, unvisited.Reason);
                break;

            case LabelEvent.Decided { Decision: Decision.Wait { Obstacle: var obstacle, Provider: var provider }, IsNews: true }:
                if (!IsShared(obstacle.Kind) || _told.TryAdd((obstacle.Kind, provider?.Name ?? ""), true)) _log.Held(label, obstacle.Reason);
                else _log.HeldAsOthers(label, obstacle.Reason);
                break;

            case LabelEvent.Ordering { IsRehearsal: true, Provider: var staging }:
                _log.Rehearsing(label, staging.Name);
                break;

            case LabelEvent.Rehearsed { Staging: var staging, Ignored: var ignored }:
                if (ignored is null) _log.Rehearsed(label, staging.Name);
                else _log.RehearsalIgnored(label, staging.Name, ignored);
                break;

            case LabelEvent.Ordering { Because: var because, Provider: var provider, Label.Wish: var wish }:
                _log.Ordering(label, because.Text);
                if (wish is not null && provider.RemarkOnProfile(wish.Profile, wish.Required) is { } remark) _log.ProfileRemark(label, remark);
                break;

            case LabelEvent.Issued { Label: { Certificate: { } certificate, Wish: var wish } }:
                TellAgain(wish?.Provider ?? "");
                _log.Issued(label, certificate.Generation, certificate.NotAfter);
                break;

            case LabelEvent.TakenOver { From: var from, Label.Certificate: { } certificate }:
                _log.TakenOver(label, from, certificate.NotAfter);
                break;

            case LabelEvent.Forgotten { Label.Certificate: { } certificate }:
                _log.Forgotten(label, certificate.NotAfter);
                break;

            case LabelEvent.RevocationBegun { Request: { Found: { } found, Reason: var why } }:
                _log.RevocationFound(label, found, Revocation.Word(why));
                break;

            case LabelEvent.RevocationBegun { Revocation: var revocation }:
                _log.RevocationBegun(label, string.Join(", ", revocation.Generations), Revocation.Word(revocation.Reason));
                break;

            case LabelEvent.Revoked { Generation: var generation, Reason: var reason, ByKey: var byKey }:
                _log.CertificateRevoked(label, generation, Revocation.Word(reason), byKey ? "; signed by its own key, since its account is lost" : "");
                break;

            case LabelEvent.RevocationFailed { Generation: var generation, Problem: var problem, Until: var until }:
                _log.RevocationFailed(label, generation, problem, until);
                break;

            case LabelEvent.RolledBack { From: var former, To: var generation, Label.Certificate: { } certificate }:
                _log.RolledBack(label, former, generation, certificate.NotAfter);
                break;

            case LabelEvent.Imported { Label.Certificate: { } certificate }:
                _log.Imported(label, certificate.Generation, certificate.NotAfter);
                break;

            case LabelEvent.Failed { Problem: var problem }:
                _log.OrderFailed(label, problem);
                break;

            case LabelEvent.Vetoed { Veto: var veto, Until: var askedAgain }:
                _log.HookVetoed(label, veto.Hook, askedAgain is { } later ? $"is asked again at {later:u}" : "it is ordered all the same, since there is no time to wait", veto.Reason ?? "");
                break;

            case LabelEvent.Lost { Reason: var reason }:
                _log.OrderLost(label, reason);
                break;

            case LabelEvent.ProviderFailed { Provider: var provider, Reason: var reason, Until: var until }:
                _log.ProviderFault(provider.Name, reason, until);
                break;

            case LabelEvent.RenewalHurried { Window: var window, Due: var due }:
                _log.RenewalHurried(label, window.Start, window.End, due, window.ExplanationUrl is { } page ? $" ({page})" : "");
                break;

            case LabelEvent.RenewalInfoNotKept { Problem: var problem }:
                _log.RenewalInfoNotKept(label, problem);
                break;

            case LabelEvent.Exported exported:
                foreach (var file in exported.Files) Tell(exported, file);
                break;

            case LabelEvent.Surprised { Surprise: var surprise }:
                _log.UnexpectedFailure(surprise, label);
                break;

            default:
                // The rest is for the status.
                break;
        }
    }

    private void Tell(LabelEvent.Exported exported, ExportResult file)
    {
        var label = exported.Label.Label;
        if (file.State is ExportState.Written) _log.ExportWritten(label, file.Path, exported.Label.Certificate?.Generation, file.Key, file.Replaced is { } replaced ? $"; it replaces {replaced}" : "");
        else if (file.State is ExportState.Failed && exported.Before.Any(known => known.Path == file.Path && known.Problem == file.Problem)) _log.ExportStillFails(label, file.Path, file.Key, exported.Again, file.Problem);
        else if (file.State is ExportState.Failed) _log.ExportFailed(label, file.Path, file.Key, exported.Again, file.Problem);
    }

    private static bool IsShared(ObstacleKind kind) => kind is ObstacleKind.Disabled or ObstacleKind.Starting or ObstacleKind.Idle or ObstacleKind.StateNotHeld or ObstacleKind.StateBeingRead
        or ObstacleKind.AccountUnusable or ObstacleKind.AccountBusy or ObstacleKind.ProviderPaused or ObstacleKind.ProbeUnderWay;

    /// <summary>The provider issues: the next obstacle of them all is another one, and so is one of the whole process.</summary>
    private void TellAgain(string provider)
    {
        foreach (var told in _told.Keys.Where(told => told.Provider == provider || told.Provider.Length == 0)) _told.TryRemove(told, out _);
    }
}
