using AcmeKestrel.Configuration.Hooks;

namespace AcmeKestrel.Hooks.Programs;

/// <summary>A program of the settings, or of the folder.</summary>
internal sealed class ProgramHook(string id, HookProgram program, ProgramCalls calls) : IHook
{
    public string Id { get; } = id;

    public IReadOnlyCollection<AcmeHookEvent> Events => program.Events;

    /// <summary>A deploy hook of certbot has one lineage.</summary>
    public bool TakesOne => program.Protocol is HookProtocol.Certbot;

    public Task<HookOutcome> TellAsync(AcmeHookCall call, CancellationToken cancellationToken) => calls.CallAsync(Id, program, call, cancellationToken);
}
