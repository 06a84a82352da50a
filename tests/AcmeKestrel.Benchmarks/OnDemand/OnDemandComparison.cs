using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Benchmarks.OnDemand;

/// <summary>
/// What visitors of known names feel of a flood of random ones: handshakes one after the other, with and without the flood, at an edge with certificates on demand and at one without. In turns, so that what the
/// machine does besides hits all alike. And what the flood costs whoever is asked.
/// </summary>
internal static class OnDemandComparison
{
    private const int Handshakes = 200;

    public static async Task<int> RunAsync(int rate, int rounds)
    {
        var asked = 0;
        await using var endpoint = await AskedAsync(() => Interlocked.Increment(ref asked));
        using var on = new Served(endpoint.Urls.First() + "/check");
        using var off = new Served("");
        foreach (var server in new[] { on, off }) await server.VisitAsync(OnDemandServer.Names);

        var (ratios, quiet) = (new List<double>(), new List<double>());
        var rates = new List<double>();
        var started = Stopwatch.StartNew();
        for (var round = 0; round < rounds; round++)
        {
            // Who comes first changes with each round.
            var turns = round % 2 == 0 ? new[] { on, off } : [off, on];
            var floods = new Dictionary<Served, double>();
            foreach (var server in turns)
            {
                server.Quiet.Add(await server.VisitAsync(Handshakes));
                using var flood = Self("ondemand", "flood", server.Port.ToString(CultureInfo.InvariantCulture), rate.ToString(CultureInfo.InvariantCulture), "4");
                await Task.Delay(500);
                floods[server] = await server.VisitAsync(Handshakes);
                server.Flooded.Add(floods[server]);
                rates.Add(double.Parse((await flood.StandardOutput.ReadLineAsync())!.Split(' ')[1], CultureInfo.InvariantCulture));
                await flood.WaitForExitAsync();
            }

            ratios.Add(floods[on] / floods[off]);
            quiet.Add(on.Quiet[^1] / off.Quiet[^1]);
        }

        Console.WriteLine(Text($"flood: {Benchmarks.Handshakes.Median(rates):F0} names a second of {rate} wanted (least {rates.Min():F0}, most {rates.Max():F0}), {rounds} rounds, {started.Elapsed.TotalSeconds:F0} s"));
        Console.WriteLine(Text($"handshake of a known name, median us: on demand {Median(on.Quiet):F0}, flooded {Median(on.Flooded):F0}; without on demand {Median(off.Quiet):F0}, flooded {Median(off.Flooded):F0}"));
        Console.WriteLine(Text($"ratio of on demand to without it: quiet {Benchmarks.Handshakes.Median(quiet):F3} ({quiet.Min():F3} to {quiet.Max():F3}), flooded {Benchmarks.Handshakes.Median(ratios):F3} ({ratios.Min():F3} to {ratios.Max():F3})"));
        Console.WriteLine(Text($"ratio of flooded to quiet: on demand {Median(on.Flooded) / Median(on.Quiet):F3}, without it {Median(off.Flooded) / Median(off.Quiet):F3}"));
        Console.WriteLine(Text($"asked: {asked} times in {started.Elapsed.TotalMinutes:F1} minutes"));
        var (strange, plain) = (await on.CountsAsync(), await off.CountsAsync());
        Console.WriteLine(Text($"wished on demand: {strange[0]}, orders: {strange[1]}; the look for a stranger's name, ns of the processor: on demand {strange[2]}, without it {plain[2]}"));
        return 0;
    }

    private static double Median(List<double> values) => Benchmarks.Handshakes.Median(values);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static Process Self(params string[] arguments) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    /// <summary>Nothing is allowed.</summary>
    private static async Task<WebApplication> AskedAsync(Action asked)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context =>
        {
            asked();
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        await app.StartAsync();
        return app;
    }

    private sealed class Served : IDisposable
    {
        private readonly Process _process;

        public Served(string ask)
        {
            _process = Self("ondemand", "serve", ask);
            Port = int.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        }

        public int Port { get; }

        public List<double> Quiet { get; } = [];

        public List<double> Flooded { get; } = [];

        /// <summary>The median of so many handshakes, in microseconds.</summary>
        public async Task<double> VisitAsync(int count)
        {
            var took = new List<double>();
            for (var i = 0; i < count; i++)
            {
                var start = Stopwatch.GetTimestamp();
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, Port);
                await using var tls = new SslStream(new NetworkStream(socket));
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = OnDemandServer.Name(i % OnDemandServer.Names), AllowTlsResume = false, RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null });
                took.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }

            return Benchmarks.Handshakes.Median(took);
        }

        public async Task<string[]> CountsAsync()
        {
            await _process.StandardInput.WriteLineAsync("counts");
            return (await _process.StandardOutput.ReadLineAsync())!.Split(' ');
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
