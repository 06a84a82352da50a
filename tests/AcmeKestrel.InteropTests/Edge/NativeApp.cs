namespace AcmeKestrel.InteropTests.Edge;

/// <summary>The native application, where that is built (<c>.ci/run</c> does it); a start that is compiled on the way costs too much for many, so SampleWeb takes its place for fewer.</summary>
internal static class NativeApp
{
    /// <summary>Null: it is not built.</summary>
    private static readonly string? Path = Find();

    /// <summary>How often a test starts it. <c>ACMEKESTREL_CRASH_STARTS</c> says another number.</summary>
    public static int Starts { get; } =
        Environment.GetEnvironmentVariable("ACMEKESTREL_CRASH_STARTS") is { Length: > 0 } asked ? int.Parse(asked, System.Globalization.CultureInfo.InvariantCulture) : Path is null ? 10 : 50;

    public static ChildProcess Start(SampleEdge edge) => Path is null ? edge.Start() : edge.StartProgram(Path);

    private static string? Find()
    {
        var native = Environment.GetEnvironmentVariable("ACMEKESTREL_AOT_APP") ?? System.IO.Path.Combine(Checkout.Root, "artifacts", "ci", "aot", "AotApp");
        return File.Exists(native) ? native : null;
    }
}
