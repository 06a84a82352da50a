namespace AcmeKestrel.Tests.Serving;

/// <summary>Waits for a condition, never for a time.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<bool> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!condition()) await tick.WaitForNextTickAsync(deadline.Token);
    }
}
