namespace AcmeKestrel.Desired.Files;

/// <summary>What is no TOML, and where.</summary>
internal sealed record TomlFault(int Line, string Message);
