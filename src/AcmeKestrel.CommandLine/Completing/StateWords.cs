using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Completing;

/// <summary>Reads words for a person who waits at a prompt: what is not there in time, or cannot be read, is not offered.</summary>
internal static class StateWords
{
    /// <summary>Nobody reads more.</summary>
    private const int Most = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task<IReadOnlyList<string>> ReadAsync(WebApplication app, StateWord kind, string word, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(Patience);
        try
        {
            var words = await ReadAsync(app.Services, kind, late.Token).ConfigureAwait(false);
            return [.. words.Where(one => one.StartsWith(word, StringComparison.OrdinalIgnoreCase) && VerbConsole.OneLine(one) == one).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(Most)];
        }
        catch (Exception unread) when (unread is Storage.StoreUnavailableException or AcmeAccountException or OperationCanceledException)
        {
            return [];
        }
    }

    private static async Task<IEnumerable<string>> ReadAsync(IServiceProvider services, StateWord kind, CancellationToken cancellationToken)
    {
        if (kind is StateWord.Hook) return services.GetRequiredService<IAcmeHooks>().List().Select(hook => hook.Name);

        var state = services.GetRequiredService<IAcmeState>();
        if (!state.Exists) return [];

        StateOwner.Become(services.GetRequiredService<IAcmeStores>().Directory);
        if (kind is StateWord.Mail) return (await services.GetRequiredService<IAcmeAccounts>().ListAsync(cancellationToken).ConfigureAwait(false)).Select(account => account.Email).OfType<string>();

        var statuses = await KnownStatuses.ReadAsync(state, await state.FindServerAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return kind is StateWord.Label ? statuses.Where(status => status.Names.Count > 0).Select(status => status.Label) : statuses.SelectMany(status => status.Names);
    }
}
