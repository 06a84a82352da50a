using AcmeKestrel.Configuration.Hooks;

namespace AcmeKestrel.Hooks;

/// <summary>An address that gets a signed POST.</summary>
internal sealed class WebhookHook(string id, HookWebhook webhook, WebhookSender sender) : IHook
{
    public string Id { get; } = id;

    public IReadOnlyCollection<AcmeHookEvent> Events => webhook.Events;

    public Task<HookOutcome> TellAsync(AcmeHookCall call, CancellationToken cancellationToken) => sender.SendAsync(webhook, call, cancellationToken);
}
