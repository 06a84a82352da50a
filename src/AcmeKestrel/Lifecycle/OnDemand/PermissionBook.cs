using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>Asks whether a name may have a certificate: code of the application's or an endpoint, for so long, so often, and not again for what was answered a moment ago.</summary>
internal sealed class PermissionBook(IAcmeSettings settings, AskEndpoint endpoint, IServiceScopeFactory scopes, OnDemandMetrics metrics, TimeProvider time, ILogger<PermissionBook> logger)
{
    private const int ShortWords = 300;

    /// <summary>A handshake waits for it, and for the certificate after that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Where nobody comes for a new name nobody is asked, and nothing is known of whoever would be.</summary>
    private static readonly TimeSpan TroubleLasts = TimeSpan.FromMinutes(5);

    private readonly AskLimits _limits = new(time);
    private readonly RecentAnswers _recent = new(time);
    private readonly RareWord _failed = new(time);
    private readonly RareWord _limited = new(time);
    private readonly RareWord _postponed = new(time);
    private volatile Trouble? _trouble;

    /// <summary>Why nobody could say, when it was asked last and that is not long ago; null: somebody could.</summary>
    public string? Problem => _trouble is { } trouble && time.GetElapsedTime(trouble.At) < TroubleLasts ? trouble.Problem : null;

    /// <summary>What is kept of strangers: names, and networks.</summary>
    public (int Names, int Networks) Kept => (_recent.Count, _limits.Networks);

    /// <summary>Whether a stranger's name is worth asking for: it was not answered with no a moment ago, and there is room. In memory alone.</summary>
    public bool MayAsk(RateLimit limit, string name, string network)
    {
        if (_recent.Find(name) is { } known) return known is PermissionAnswer.Yes;
        if (_limits.HasRoom(limit, network)) return true;

        Limited(limit, name);
        return false;
    }

    /// <summary>It is allowed, and cannot be wished now: nobody need be asked so soon.</summary>
    public void Postpone(string name, string reason)
    {
        _recent.Add(name, PermissionAnswer.Limited);
        if (_postponed.IsDue()) logger.OnDemandPostponed(name, reason);
    }

    /// <param name="network">Whose; null: nobody waits, and it counts against no limit.</param>
    public async Task<PermissionAnswer> AskAsync(AcmeOnDemandVisit visit, string? network, CancellationToken cancellationToken)
    {
        // Switched off meanwhile: that is no word against the name.
        if (settings.Current.OnDemand is not { } current) return PermissionAnswer.Failed;
        if (network is not null)
        {
            if (_recent.Find(visit.Name) is { } known) return known;
            if (!_limits.TryTake(current.Asks, network))
            {
                Limited(current.Asks, visit.Name);
                return PermissionAnswer.Limited;
            }
        }

        var reply = await ReplyAsync(current.Ask, visit, cancellationToken).ConfigureAwait(false);
        _recent.Add(visit.Name, reply.Answer);
        _trouble = reply.Problem is { } said ? new Trouble(said, time.GetTimestamp()) : null;
        metrics.Asked(reply.Answer.ToString().ToLowerInvariant());
        if (reply.Answer is PermissionAnswer.No) logger.OnDemandDenied(visit.Name);
        if (reply.Problem is { } problem && _failed.IsDue()) logger.OnDemandUnanswered(visit.Name, problem);
        return reply.Answer;
    }

    /// <summary>Code that heeds no token is not waited for longer either.</summary>
    private async Task<PermissionReply> ReplyAsync(Uri? ask, AcmeOnDemandVisit visit, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            return await (ask is null ? AskCodeAsync(visit, either.Token) : endpoint.AskAsync(ask, visit, either.Token)).WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return PermissionReply.Failed($"there was no answer within {Patience.TotalSeconds:0} s");
        }
#pragma warning disable CA1031 // Code of the application's: whatever it throws, it says nothing.
        catch (Exception surprise) when (surprise is not OperationCanceledException)
#pragma warning restore CA1031
        {
            cancellationToken.ThrowIfCancellationRequested();
            return PermissionReply.Failed(PlainText.Of(surprise.Message, ShortWords));
        }
    }

    /// <summary>In a scope of its own: a permission mostly looks into a database.</summary>
    private async Task<PermissionReply> AskCodeAsync(AcmeOnDemandVisit visit, CancellationToken cancellationToken)
    {
        // Off the caller's stack: it may take its time before it waits for anything.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var scope = scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            return PermissionReply.Of(await scope.ServiceProvider.GetRequiredService<IOnDemandPermission>().IsAllowedAsync(visit, cancellationToken).ConfigureAwait(false));
        }
    }

    private void Limited(RateLimit limit, string name)
    {
        metrics.Asked("limited");
        if (_limited.IsDue()) logger.OnDemandFlood(limit.Count, limit.Window, name);
    }

    private sealed record Trouble(string Problem, long At);
}
