using System.Globalization;
using AcmeKestrel.Benchmarks.Start;

namespace AcmeKestrel.Benchmarks.Edge;

/// <summary>What is asked for on the command line: <c>edge [--r2r | --aot] [--rounds n] [--program path] [--only load] [--with name=value[,name=value]]...</c>.</summary>
internal sealed record EdgeOptions
{
    public StartFlavour Flavour { get; init; }

    public int Rounds { get; init; } = 9;

    /// <summary>A published SampleWeb, in place of one that is published now.</summary>
    public string? Program { get; init; }

    /// <summary>For a profile: one load, by its name.</summary>
    public string? Only { get; init; }

    /// <summary>Environments of more SampleWebs, held against the one without them.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> With { get; init; } = [];

    /// <summary>Null: they cannot be read.</summary>
    public static EdgeOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new EdgeOptions();
        while (arguments is not [])
        {
            switch (arguments)
            {
                case ["--r2r", ..]: options = options with { Flavour = StartFlavour.ReadyToRun }; break;
                case ["--aot", ..]: options = options with { Flavour = StartFlavour.NativeAot }; break;
                case ["--rounds", var text, ..] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) && rounds > 0:
                    options = options with { Rounds = rounds };
                    arguments = arguments[1..];
                    break;
                case ["--program", var path, ..]:
                    options = options with { Program = Path.GetFullPath(path) };
                    arguments = arguments[1..];
                    break;
                case ["--only", var name, ..] when EdgeLoad.All.Any(load => load.Name == name):
                    options = options with { Only = name };
                    arguments = arguments[1..];
                    break;
                case ["--with", var text, ..] when TryRead(text) is { } environment:
                    options = options with { With = [.. options.With, environment] };
                    arguments = arguments[1..];
                    break;
                default: return null;
            }

            arguments = arguments[1..];
        }

        return options;
    }

    private static Dictionary<string, string>? TryRead(string text)
    {
        var pairs = text.Split(',').Select(pair => pair.Split('=', 2)).ToList();
        return pairs.TrueForAll(pair => pair.Length == 2) ? pairs.ToDictionary(pair => pair[0], pair => pair[1]) : null;
    }
}
