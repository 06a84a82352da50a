namespace AcmeKestrel.Serving;

/// <summary>Whether what is served can reach a visitor at all: it cannot where each https endpoint chooses its certificates by itself.</summary>
internal sealed class ServingReach
{
    private readonly Lock _gate = new();
    private volatile bool _isAnyHooked;
    private volatile string? _deciding;

    /// <summary><see cref="Fault"/> is another one: the server started, or a reload brought an endpoint.</summary>
    public event Action? Changed;

    /// <summary>Null while nothing stands in the way.</summary>
    public string? Fault => _isAnyHooked || _deciding is not { } endpoint ? null : $"the endpoint {endpoint} chooses its certificates by itself";

    public void Hooked() => Change(() => _isAnyHooked = true);

    public void Decides(string endpoint) => Change(() => _deciding = endpoint);

    private void Change(Action change)
    {
        lock (_gate)
        {
            var before = Fault;
            change();
            if (Fault == before) return;
        }

        Changed?.Invoke();
    }
}
