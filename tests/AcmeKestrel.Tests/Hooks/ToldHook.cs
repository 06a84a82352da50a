namespace AcmeKestrel.Tests.Hooks;

/// <summary>Remembers what it is told, and answers as it is told to.</summary>
internal sealed class ToldHook(string name, params AcmeHookEvent[] events) : ICertificateHook
{
    public string Name { get; } = name;

    public IReadOnlyCollection<AcmeHookEvent> Events { get; } = events;

    public List<AcmeHookCall> Calls { get; } = [];

    /// <summary>False: the process that calls is dead, and only this test lets it run on.</summary>
    public Func<bool> IsHeard { get; set; } = () => true;

    public Func<AcmeHookCall, Task<AcmeHookResult>> Answer { get; set; } = _ => Task.FromResult(AcmeHookResult.Done);

    /// <summary>Event and labels of each call.</summary>
    public IEnumerable<string> Told => Calls.Select(call => $"{call.Event} {string.Join(' ', call.Certificates.Select(certificate => certificate.Label))}");

    public async ValueTask<AcmeHookResult> OnAsync(AcmeHookCall told, CancellationToken cancellationToken)
    {
        lock (Calls)
        {
            if (IsHeard()) Calls.Add(told);
        }

        return await Answer(told);
    }
}
