namespace AcmeKestrel.Serving;

/// <summary>Whether what is served can reach a visitor at all: it cannot where each https endpoint chooses its certificates by itself.</summary>
internal sealed class ServingReach
{
    private volatile bool _isAnyHooked;
    private volatile string? _deciding;

    /// <summary>Null while nothing stands in the way.</summary>
    public string? Fault => _isAnyHooked || _deciding is not { } endpoint ? null : $"the endpoint {endpoint} chooses its certificates by itself";

    public void Hooked() => _isAnyHooked = true;

    public void Decides(string endpoint) => _deciding = endpoint;
}
