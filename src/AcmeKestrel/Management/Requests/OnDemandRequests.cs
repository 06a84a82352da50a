using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Requests;

/// <summary>What visitors of one process want of the one that has the state, asked there and done here.</summary>
internal sealed class OnDemandRequests(RequestBook book, OnDemandRegister register, OnDemandWishes wishes) : IOnDemandElsewhere
{
    public async Task WishAsync(string name, CancellationToken cancellationToken) =>
        await book.AskAsync(book.Word(RequestVerb.WishOnDemand) with { Name = name }, cancellationToken).ConfigureAwait(false);

    public async Task TellVisitsAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        await book.AskAsync(book.Word(RequestVerb.TellVisits) with { Names = names }, cancellationToken).ConfigureAwait(false);

    /// <summary>Allowed by whoever asks. Its certificate is not waited for: whoever asks sees it come.</summary>
    /// <exception cref="ArgumentException">It is no name.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be wished now.</exception>
    public async Task<RequestOutcome> WishHereAsync(string name, RequestOutcome done, CancellationToken cancellationToken)
    {
        var host = AcmeIdentifier.TryParse(name, out var canonical, out var error) ? canonical.Value : throw new ArgumentException(error, nameof(name));
        if (await register.WishAsync(host, cancellationToken).ConfigureAwait(false) is { } refusal) throw new StoreUnavailableException($"not before {refusal.Until:u}: {refusal.Reason}");
        return done;
    }

    /// <summary>Those that are not known are nobody's.</summary>
    public RequestOutcome Hear(IReadOnlyList<string> names, RequestOutcome done)
    {
        foreach (var name in names) wishes.Miss(name);
        return done;
    }
}
