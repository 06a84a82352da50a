namespace AcmeKestrel.Lifecycle.State;

/// <summary>Something that whoever has the state does beside its labels, for as long as it has it.</summary>
internal interface IStateDuty
{
    /// <summary>A process that does only what it is asked for has it, too: what it leaves would be left for days.</summary>
    bool IsForEveryProcess => false;

    /// <summary>Goes on until it is cancelled; what escapes it is told, and it begins again.</summary>
    /// <param name="session">To write under. The state has been read.</param>
    /// <param name="cancellationToken">Cancelled when the state is lost, or when the application stops.</param>
    Task RunAsync(StateSession session, CancellationToken cancellationToken);
}
