using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>Brings a visitor's name to its certificate: asks whether it may have one, wishes it or has it wished by the process that has the state, and waits for what comes of it.</summary>
internal sealed class OnDemandDesk(
    PermissionBook permissions, OnDemandRegister register, OnDemandWishes wishes, WishesElsewhere elsewhere, WorkerGate gate, CertificateSearch search, IAcmeSettings settings, ILogger<OnDemandDesk> logger) : IOnDemandIssuer
{
    /// <summary>While it is not known what is stored and what is wished, nobody knows what is missing.</summary>
    public bool IsOn => settings.Current is { OnDemand: not null, Enabled: true } && !search.IsAsked && register.IsReady && (gate.Session is not null || gate.IsElsewhere);

    public TimeSpan Wait => settings.Current.OnDemand?.Wait ?? TimeSpan.Zero;

    public bool Knows(string name) => wishes.Knows(name) || elsewhere.Knows(name);

    public string? Read(string serverName) => settings.Current is var current ? VisitedName.Read(serverName, current.Providers.GetValueOrDefault(current.DefaultProvider)) : null;

    public bool MayAsk(string name, string network) => settings.Current.OnDemand is { } onDemand && permissions.MayAsk(onDemand.Asks, name, network);

    public async Task<bool> BringAsync(OnDemandVisit visit, CancellationToken patience)
    {
        var name = visit.Name;
        if (wishes.Knows(name)) wishes.Miss(name);
        else if (!elsewhere.Knows(name) && !await AllowAsync(visit).ConfigureAwait(false)) return false;

        return gate.IsElsewhere ? await elsewhere.IsServedAsync(name, patience).ConfigureAwait(false) : await register.IsServedAsync(name, patience).ConfigureAwait(false);
    }

    /// <summary>Whether it is wished from now on. No visitor's patience ends this: what is begun for one is there for the next.</summary>
    private async Task<bool> AllowAsync(OnDemandVisit visit)
    {
        var name = visit.Name;
        if (await permissions.AskAsync(new AcmeOnDemandVisit(name) { RemoteAddress = visit.Remote }, visit.Network, CancellationToken.None).ConfigureAwait(false) is not PermissionAnswer.Yes) return false;

        try
        {
            if (gate.IsElsewhere) await elsewhere.WishAsync(name, CancellationToken.None).ConfigureAwait(false);
            else if (await register.WishAsync(name, CancellationToken.None).ConfigureAwait(false) is { } refusal)
            {
                permissions.Postpone(name, $"not before {refusal.Until:u}: {refusal.Reason}");
                return false;
            }
        }
        catch (Exception unkept) when (unkept is StoreUnavailableException or StoreConflictException)
        {
            permissions.Postpone(name, unkept.Message);
            return false;
        }

        logger.OnDemandAllowed(name, visit.Remote);
        return true;
    }
}
