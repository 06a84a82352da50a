using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
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
    /// <summary>More than names may be under way: where nobody takes a request up it lives for longer than its visitor waits.</summary>
    private const int MaxRequests = 256;

    /// <summary>Of these, for one network.</summary>
    private const int MaxRequestsOfNetwork = 32;

    private readonly SingleFlight<bool> _requests = new(MaxRequests, MaxRequestsOfNetwork, StringComparer.Ordinal);

    /// <summary>While it is not known what is stored and what is wished, nobody knows what is missing.</summary>
    public bool IsOn => settings.Current is { OnDemand: not null, Enabled: true } && !search.IsAsked && register.IsReady && (gate.Session is not null || gate.IsElsewhere);

    public TimeSpan Wait => settings.Current.OnDemand?.Wait ?? TimeSpan.Zero;

    public bool Knows(string name) => wishes.Knows(name) || elsewhere.Knows(name);

    public string? Read(string serverName) => settings.Current is var current ? VisitedName.Read(serverName, current.Providers.GetValueOrDefault(current.DefaultProvider)) : null;

    public bool MayAsk(string name, string network) => settings.Current.OnDemand is { } onDemand && permissions.MayAsk(onDemand.Asks, name, network);

    public async Task<bool> BringAsync(CertificateQuestion question, CancellationToken patience)
    {
        var name = question.Name;
        if (wishes.Knows(name)) wishes.Miss(name);
        else if (!elsewhere.Knows(name) && !await AllowAsync(question, patience).ConfigureAwait(false)) return false;

        return gate.IsElsewhere ? await elsewhere.IsServedAsync(name, patience).ConfigureAwait(false) : await register.IsServedAsync(name, patience).ConfigureAwait(false);
    }

    /// <summary>Whether it is wished from now on. No visitor's patience ends this: what is begun for one is there for the next.</summary>
    private async Task<bool> AllowAsync(CertificateQuestion question, CancellationToken patience)
    {
        if (await permissions.AskAsync(new AcmeOnDemandVisit(question.Name) { RemoteAddress = question.Remote }, question.Network, CancellationToken.None).ConfigureAwait(false) is not PermissionAnswer.Yes) return false;
        if (!gate.IsElsewhere) return await WishAsync(question, WishHereAsync).ConfigureAwait(false);

        // Names under way are few: this one is among them only as long as somebody waits for it.
        return _requests.Join(question.Name, question.Network, _ => WishAsync(question, WishElsewhereAsync)) is { } request && await request.WaitAsync(patience).ConfigureAwait(false);
    }

    private async Task<bool> WishAsync(CertificateQuestion question, Func<string, Task<string?>> wish)
    {
        string? refusal;
        try
        {
            refusal = await wish(question.Name).ConfigureAwait(false);
        }
        catch (Exception unkept) when (unkept is StoreUnavailableException or StoreConflictException)
        {
            refusal = unkept.Message;
        }

        if (refusal is null) logger.OnDemandAllowed(question.Name, question.Remote);
        else permissions.Postpone(question.Name, refusal);
        return refusal is null;
    }

    private async Task<string?> WishHereAsync(string name) =>
        await register.WishAsync(name, CancellationToken.None).ConfigureAwait(false) is { } refusal ? $"not before {refusal.Until:u}: {refusal.Reason}" : null;

    private async Task<string?> WishElsewhereAsync(string name)
    {
        await elsewhere.WishAsync(name, CancellationToken.None).ConfigureAwait(false);
        return null;
    }
}
