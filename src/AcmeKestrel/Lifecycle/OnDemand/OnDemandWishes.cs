using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle.RunTime;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>The names that visitors came for and that were allowed. While certificates on demand are off none of them is wished.</summary>
internal sealed class OnDemandWishes : RecordedWishes<OnDemandName>
{
    private readonly IAcmeSettings _settings;
    private readonly IDisposable _following;

    /// <summary>Names that somebody came for, whatever their certificates say; only ones that are known.</summary>
    private readonly ConcurrentDictionary<string, bool> _missed = new(StringComparer.Ordinal);

    public OnDemandWishes(IAcmeStore store, IAcmeSettings settings, TimeProvider time)
        : base(store, RecordKind.OnDemand, time)
    {
        _settings = settings;

        // Not a token of both, which would stay with the settings for each change that others tell of.
        _following = ChangeToken.OnChange(settings.GetChangeToken, Tell);
    }

    public override AcmeWishSource Source => AcmeWishSource.OnDemand;

    /// <summary>All that are stored.</summary>
    public async Task<IReadOnlyList<KeyValuePair<string, OnDemandName>>> AllAsync(CancellationToken cancellationToken)
    {
        await RequireReadAsync(cancellationToken).ConfigureAwait(false);
        return Known;
    }

    private bool IsOff => _settings.Current.OnDemand is null;

    /// <summary>Somebody came for it, and it is allowed. On disk when it returns; one that went meanwhile stays away.</summary>
    public Task VisitAsync(StateSession session, string name, DateTimeOffset now, CancellationToken cancellationToken) =>
        ChangeAsync(session, name, known => known with { VisitedAt = now }, cancellationToken);

    public bool Knows(string name) => Find(name) is not null;

    /// <summary>Somebody came for it of whom no certificate tells: there was none to show, or he came to another process, or nobody could put it on record. One that is not known is nobody's.</summary>
    public void Miss(string name)
    {
        if (Knows(name)) _missed[name] = true;
    }

    /// <summary>Whether anybody did since this was asked last.</summary>
    public bool TakeMiss(string name) => _missed.TryRemove(name, out _);

    public override async ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken) =>
        IsOff ? DesiredCertificates.Empty : await base.ListAsync(cancellationToken).ConfigureAwait(false);

    public override async ValueTask<DesiredChanges> ListChangesAsync(string? since, CancellationToken cancellationToken) =>
        IsOff ? new DesiredChanges(new Dictionary<string, DesiredCertificates>(), "off") { IsWhole = true } : await base.ListChangesAsync(since, cancellationToken).ConfigureAwait(false);

    public override void Dispose()
    {
        _following.Dispose();
        base.Dispose();
    }

    protected override DesiredCertificate Word(string label, OnDemandName wish) => wish.Word(label);

    protected override RecordContent Write(OnDemandName wish) => wish.Write();

    protected override OnDemandName ReadWish(StoreRecord record) => OnDemandName.Read(record);

    protected override string OriginOf(string label) => OnDemandName.OriginOf(label);
}
