using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>Waits for what comes by itself.</summary>
internal static class Until
{
    public static Task IsSoAsync(Func<bool> isSo, CancellationToken cancellationToken) =>
        Patience.UntilAsync(_ => Task.FromResult(isSo() ? "" : null), () => "It never was so.", cancellationToken);

    public static Task IsSoAsync(Func<Task<bool>> isSo, CancellationToken cancellationToken) =>
        Patience.UntilAsync(async _ => await isSo() ? "" : null, () => "It never was so.", cancellationToken);

    /// <summary>Once it fails so; it may work before.</summary>
    public static Task<T> ThrowsAsync<T>(Func<Task> call, CancellationToken cancellationToken)
        where T : Exception => Patience.UntilAsync(
        async _ =>
        {
            try
            {
                await call();
                return null;
            }
            catch (T thrown)
            {
                return thrown;
            }
        },
        () => "It always worked.",
        cancellationToken);

    /// <summary>Once the store is available again.</summary>
    public static async Task<T> ItWorksAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        var last = "";
        return (await Patience.UntilAsync(
            async _ =>
            {
                try
                {
                    return new Box<T>(await call());
                }
                catch (StoreUnavailableException unavailable)
                {
                    last = unavailable.Message;
                    return null;
                }
            },
            () => last,
            cancellationToken)).Value;
    }

    private sealed record Box<T>(T Value);
}
