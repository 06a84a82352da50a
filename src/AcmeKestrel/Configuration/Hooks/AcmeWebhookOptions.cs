namespace AcmeKestrel;

/// <summary>An address that gets a signed POST: <c>Acme:Hooks:Webhooks:&lt;name&gt;</c>.</summary>
public sealed class AcmeWebhookOptions
{
    /// <summary>An https URL; http only to a loopback address.</summary>
    public string? Url { get; set; }

    /// <summary>What bodies are signed with, at least 16 characters.</summary>
    public string? Secret { get; set; }

    /// <summary>A file that holds the secret, in the place of <see cref="Secret"/>; read for each POST.</summary>
    public string? SecretFile { get; set; }

    /// <summary>What it is told of, as for programs. Default: all but <c>renewing</c>.</summary>
    public List<string>? Events { get; set; }
}
