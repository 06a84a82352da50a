using System.Globalization;

namespace AcmeKestrel.Benchmarks;

/// <summary>What a certificate takes of a server's memory (PSS) that is ready for TLS: beside many that share their contexts, and where they cannot share, left to the platform and among the hot ones, whose contexts are held.</summary>
internal static class ReadyCertificates
{
    /// <summary>As <c>Acme:Serving:HotNames</c> has it.</summary>
    private const int Hot = 512;

    /// <summary>Until the server has compiled what it runs, and its pools are filled.</summary>
    private const int FirstVisits = 2000;

    public static async Task<int> MeasureAsync(int count)
    {
        Console.WriteLine("| Certificates | Number | Before, MiB | Ready, MiB | Each, KB | of it objects of .NET, KB |");
        Console.WriteLine("|---|---|---|---|---|---|");
        await ShowAsync("that share contexts", HandshakeServer.Stored, count, "");
        await ShowAsync("with contexts of their own, none hot", HandshakeServer.Apart, Math.Min(count, Hot), "0");
        await ShowAsync("with contexts of their own, all hot", HandshakeServer.Apart, Math.Min(count, Hot), Hot.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static async Task ShowAsync(string what, string kind, int count, string hot)
    {
        using var server = new MeasuredServer([kind, count.ToString(CultureInfo.InvariantCulture), "ready.test", hot], [.. HandshakeServer.Names(count, "ready.test")]);
        await server.WarmUpAsync(FirstVisits);
        var before = await server.LeastMemoryAsync();
        for (var round = 0; round < 3; round++) await server.GoRoundAsync(resumes: true);
        var ready = await server.LeastMemoryAsync();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {what} | {count} | {before.All / 1024:F1} | {ready.All / 1024:F1} | {Each(ready.All - before.All):F1} | {Each(ready.Objects - before.Objects):F1} |"));

        double Each(double kibibytes) => kibibytes * 1.024 / (count - 1);
    }
}
