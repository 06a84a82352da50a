namespace AcmeKestrel;

/// <summary>Who else is told of certificates: <c>Acme:Hooks</c>. Hooks in code are services of the type <see cref="ICertificateHook"/>.</summary>
public sealed class AcmeHooksOptions
{
    /// <summary>A folder whose programs are hooks, each told of everything, in the order of their names. Default: none.</summary>
    public string? Directory { get; set; }

    /// <summary>Programs by a name of your choice.</summary>
    public Dictionary<string, AcmeHookProgramOptions>? Programs { get; set; }

    /// <summary>Addresses that get a signed POST, by a name of your choice.</summary>
    public Dictionary<string, AcmeWebhookOptions>? Webhooks { get; set; }
}
