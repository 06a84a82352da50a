using System.Globalization;

namespace AcmeKestrel.Benchmarks.Start;

/// <summary>What the stored certificates are wished by.</summary>
internal enum StartWishes
{
    None,

    /// <summary><c>Acme:Domains</c>.</summary>
    Domains,

    /// <summary>Files in <c>desired/</c>.</summary>
    Desired,
}

/// <summary>What servers keep in the state directory beside the records.</summary>
internal enum StartIndex
{
    /// <summary>As an earlier run left it.</summary>
    Present,

    /// <summary>As before the first run.</summary>
    Missing,

    /// <summary>As an earlier run left it that had not got the last certificate.</summary>
    Stale,
}

/// <summary>How SampleWeb is published.</summary>
internal enum StartFlavour
{
    /// <summary>As its project says.</summary>
    Plain,

    ReadyToRun,

    NativeAot,
}

/// <summary>What is asked for on the command line: <c>start [count] [--wishes] [--desired] [--no-index] [--stale-index] [--broken n] [--r2r] [--aot] [--rounds n] [--program path] [--calm] [--keep]</c>.</summary>
internal sealed record StartOptions(int Count)
{
    public StartWishes Wishes { get; init; }

    public StartIndex Index { get; init; }

    /// <summary>So many of the stored certificates cannot be read once the index knows of them: a disk dies by pieces.</summary>
    public int Broken { get; init; }

    public StartFlavour Flavour { get; init; }

    public int Rounds { get; init; } = 3;

    /// <summary>A published SampleWeb, in place of one that is published now.</summary>
    public string? Program { get; init; }

    /// <summary>Cold names are asked for half a minute after the first handshake, when the work that follows it is done.</summary>
    public bool Calm { get; init; }

    /// <summary>For a profile: the state is left behind, and its place told.</summary>
    public bool Keep { get; init; }

    /// <summary>Null: they cannot be read.</summary>
    public static StartOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new StartOptions(10_000);
        while (arguments.Length > 0)
        {
            switch (arguments)
            {
                case ["--wishes", ..]: options = options with { Wishes = StartWishes.Domains }; break;
                case ["--desired", ..]: options = options with { Wishes = StartWishes.Desired }; break;
                case ["--no-index", ..]: options = options with { Index = StartIndex.Missing }; break;
                case ["--stale-index", ..]: options = options with { Index = StartIndex.Stale }; break;
                case ["--r2r", ..]: options = options with { Flavour = StartFlavour.ReadyToRun }; break;
                case ["--aot", ..]: options = options with { Flavour = StartFlavour.NativeAot }; break;
                case ["--calm", ..]: options = options with { Calm = true }; break;
                case ["--keep", ..]: options = options with { Keep = true }; break;
                case ["--program", var path, ..]:
                    options = options with { Program = Path.GetFullPath(path) };
                    arguments = arguments[1..];
                    break;
                case ["--broken", var text, ..] when TryCount(text, out var broken):
                    options = options with { Broken = broken };
                    arguments = arguments[1..];
                    break;
                case ["--rounds", var text, ..] when TryCount(text, out var rounds):
                    options = options with { Rounds = rounds };
                    arguments = arguments[1..];
                    break;
                case [var text, ..] when TryCount(text, out var count): options = options with { Count = count }; break;
                default: return null;
            }

            arguments = arguments[1..];
        }

        // Each has neighbours that are whole.
        return options.Broken <= options.Count / 4 ? options : null;
    }

    private static bool TryCount(string text, out int count) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
}
