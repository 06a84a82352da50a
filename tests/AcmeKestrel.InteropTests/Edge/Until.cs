using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>Waits for what comes by itself.</summary>
internal static class Until
{
    public static Task IsSoAsync(Func<bool> isSo, CancellationToken cancellationToken) =>
        Patience.UntilAsync(_ => Task.FromResult(isSo() ? "" : null), () => "It never was so.", cancellationToken);

    public static Task IsSoAsync(Func<Task<bool>> isSo, CancellationToken cancellationToken) =>
        Patience.UntilAsync(async _ => await isSo() ? "" : null, () => "It never was so.", cancellationToken);

    /// <summary>Once it fails so; it may work before, or the store be unavailable.</summary>
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
            catch (StoreUnavailableException)
            {
                return null;
            }
        },
        () => "It never failed so.",
        cancellationToken);

    /// <summary>Once the store is unavailable with these words, which are returned with what is around them: of a machine that is busy the first thing that is known may be that an answer took too long.</summary>
    public static Task<string> IsRefusedAsync(Func<Task> call, string words, CancellationToken cancellationToken)
    {
        var last = "";
        return Patience.UntilAsync(
            async _ =>
            {
                try
                {
                    await call();
                    last = "It worked.";
                    return null;
                }
                catch (StoreUnavailableException unavailable)
                {
                    last = unavailable.Message;
                    return last.Contains(words, StringComparison.Ordinal) ? last : null;
                }
            },
            () => last,
            cancellationToken);
    }

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
