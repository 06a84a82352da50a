namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Stops a "process" before or after its n-th write or request, as a paused machine does: others go on, and so does the process afterwards, as if nothing had been.</summary>
internal sealed class Sleep(int at, Func<Task> meanwhile)
{
    private int _moments;

    public bool HasCome { get; private set; }

    /// <summary>The process is awake again, and whatever it still does it does too late.</summary>
    public bool IsOver { get; private set; }

    public async Task PassAsync()
    {
        if (HasCome || ++_moments != at) return;

        HasCome = true;
        await meanwhile();
        IsOver = true;
    }

    internal sealed class Transport(HttpMessageHandler inner, Sleep sleep) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await sleep.PassAsync();
            var answer = await base.SendAsync(request, cancellationToken);
            await sleep.PassAsync();
            return answer;
        }
    }
}
