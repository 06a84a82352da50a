namespace AcmeKestrel.Hooks.Programs;

/// <summary>How a program ended.</summary>
/// <param name="Code">Null: it has none.</param>
/// <param name="Fault">Why it has none.</param>
internal sealed record ProgramEnd(int? Code, string? Fault = null)
{
    public static ProgramEnd BySignal { get; } = new(null, "it was ended by a signal");
}
