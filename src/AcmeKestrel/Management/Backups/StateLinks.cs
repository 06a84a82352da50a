using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Backups;

/// <summary>Links are no part of a backup, nor of a copy: they are made anew to what is the newest now.</summary>
internal sealed class StateLinks(IAcmeStore store, IAcmeSettings settings)
{
    private readonly HashSet<string> _labels = new(StringComparer.Ordinal);
    private readonly Dictionary<RecordKey, AccountRecord> _accounts = [];
    private readonly Dictionary<RecordKey, AccountRecord> _gone = [];

    /// <summary>It is there.</summary>
    public void Note(StoreRecord record)
    {
        if (record.Key.Kind == RecordKind.Certificate) _labels.Add(GenerationRecord.Names(record.Key).Label);
        if (AccountOf(record) is not { } account) return;

        _accounts[record.Key] = account;
        _gone.Remove(record.Key);
    }

    /// <summary>It is there no longer.</summary>
    public void Forget(StoreRecord record)
    {
        if (record.Key.Kind == RecordKind.Certificate) _labels.Add(GenerationRecord.Names(record.Key).Label);
        _accounts.Remove(record.Key);
        if (AccountOf(record) is { } account) _gone[record.Key] = account;
    }

    /// <summary>Of all that was noted or forgotten.</summary>
    public async Task LinkAsync(CancellationToken cancellationToken)
    {
        if (store.FindAbility<ICertificateView>() is { } certificates && _labels.Count > 0) await LinkAsync(certificates, cancellationToken).ConfigureAwait(false);
        if (store.FindAbility<IAccountView>() is { } accounts) await LinkAsync(accounts, cancellationToken).ConfigureAwait(false);
    }

    private async Task LinkAsync(ICertificateView view, CancellationToken cancellationToken)
    {
        var newest = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var entry in store.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), cancellationToken).ConfigureAwait(false))
        {
            var (label, generation) = GenerationRecord.Names(entry.Key);
            if (_labels.Contains(label) && (!newest.TryGetValue(label, out var known) || RecordKey.NameOrder.Compare(generation, known) > 0)) newest[label] = generation;
        }

        foreach (var label in _labels)
        {
            if (!newest.TryGetValue(label, out var generation)) await view.HideAsync(label, cancellationToken).ConfigureAwait(false);
            else if (await view.FindShownAsync(label, cancellationToken).ConfigureAwait(false) != generation) await view.SwitchAsync(label, generation, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task LinkAsync(IAccountView view, CancellationToken cancellationToken)
    {
        var linked = new HashSet<(string, string)>();
        foreach (var account in _accounts.Values)
        {
            if (PlaceOf(account) is not var (mail, provider)) continue;

            linked.Add((mail, provider));
            await view.LinkAsync(mail, provider, account.Key.Name, cancellationToken).ConfigureAwait(false);
        }

        foreach (var account in _gone.Values)
        {
            if (PlaceOf(account) is var (mail, provider) && !linked.Contains((mail, provider))) await view.UnlinkAsync(mail, provider, cancellationToken).ConfigureAwait(false);
        }
    }

    private (string Mail, string Provider)? PlaceOf(AccountRecord account) =>
        account.Facts.Email is { } mail && settings.Current.Providers.Values.FirstOrDefault(provider => provider.DirectoryUrl == account.DirectoryUrl) is { Name: var name } ? (mail, name) : null;

    /// <summary>Null: it is none, or nobody can use it.</summary>
    private static AccountRecord? AccountOf(StoreRecord record) =>
        record.Key.Kind == RecordKind.Account && !AccountRemains.IsKeyAlone(record) && BackupReader.FindFault(record) is null ? AccountRecord.Read(record) : null;
}
