namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>What is asked for on the command line: <c>fleet [--program path] [--only redis|postgresql|caddy]</c>.</summary>
internal sealed record FleetOptions
{
    /// <summary>A published SampleWeb, in place of one that is published now.</summary>
    public string? Program { get; init; }

    /// <summary>One of the fleets, by its name.</summary>
    public string? Only { get; init; }

    /// <summary>Null: they cannot be read.</summary>
    public static FleetOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new FleetOptions();
        for (; arguments is not []; arguments = arguments[2..])
        {
            switch (arguments)
            {
                case ["--program", var path, ..]: options = options with { Program = Path.GetFullPath(path) }; break;
                case ["--only", var name and ("redis" or "postgresql" or "caddy"), ..]: options = options with { Only = name }; break;
                default: return null;
            }
        }

        return options;
    }

    public bool Wants(string name) => Only is null || Only == name;
}
