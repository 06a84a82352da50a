namespace AcmeKestrel.Desired.Files;

/// <param name="Key">As it is written, quotes aside.</param>
internal sealed record TomlSetting(string Key, int Line, TomlValue Value);
