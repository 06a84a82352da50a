using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Simulation;

/// <summary>Years in seconds: no certificate ends while the CA works, and no limit is exceeded.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Start = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Ten thousand where <c>ACMEKESTREL_SIMULATION_NAMES</c> says so (<c>.ci/soak</c>).</summary>
    private static int Names => Environment.GetEnvironmentVariable("ACMEKESTREL_SIMULATION_NAMES") is { Length: > 0 } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : 100;

    [Fact]
    public void Two_years_of_faults_an_outage_a_mass_revocation_and_wrong_clocks()
    {
        const int Days = 730;
        var ca = new SimulatedCa(hasLimits: true, new Random(11))
        {
            Outage = (Start.AddDays(200), Start.AddDays(202)),
            MassRevocation = Start.AddDays(400),
        };
        var simulation = new LifecycleSimulation(Enumerable.Range(0, Names).Select(Name), ca, BuiltInProviders.All["letsencrypt"].Limits, Start);
        simulation.ClockSteps.AddRange([(Start.AddDays(500), TimeSpan.FromDays(1)), (Start.AddDays(501), TimeSpan.Zero), (Start.AddDays(600), TimeSpan.FromDays(-1)), (Start.AddDays(601), TimeSpan.Zero)]);

        simulation.RunUntil(Start.AddDays(Days));

        Show(simulation.Result, "two-years", Days);
        Assert.Equal([], simulation.Result.Expired.Take(20));
        Assert.Equal([], ca.Violations.Take(20));
        Assert.InRange(simulation.Result.LeastMargin, 0.05, 0.5);
    }

    [Fact]
    public void Fifty_names_of_an_hour_for_a_month()
    {
        var ca = new SimulatedCa(hasLimits: false, new Random(12));
        var names = Enumerable.Range(0, Math.Clamp(Names / 20, 5, 50)).Select(i => new SimulatedName($"h{i}.test", $"h{i}.test", TimeSpan.FromHours(1), i % 2 == 0, Wishes.Of($"h{i}.test")));
        var simulation = new LifecycleSimulation(names, ca, ProviderLimits.None, Start);

        simulation.RunUntil(Start.AddDays(30));

        Show(simulation.Result, "one-hour", 30);
        Assert.Equal([], simulation.Result.Expired.Take(20));
        Assert.InRange(simulation.Result.LeastMargin, 0.02, 0.6);
    }

    /// <summary>Each token is used when it is there, by whose certificate ends first, and nobody looks in vain but now and then.</summary>
    [Fact]
    public void A_hundred_thousand_due_at_once_come_in_the_order_of_their_ends_as_fast_as_the_limit_lets_them()
    {
        var count = Math.Max(2_000, Names * 10);
        var limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(300, TimeSpan.FromHours(3)) };
        var ca = new SimulatedCa(hasLimits: false, new Random(13)) { FaultRate = 1e-9 };
        var names = Enumerable.Range(0, count).Select(i => new SimulatedName($"d{i}.test", $"d{i}.test", TimeSpan.FromDays(90), false, Wishes.Of($"d{i}.test"))).ToDictionary(name => name.Label);
        var ends = new Random(14);
        foreach (var name in names.Values) name.Certificate = SimulatedName.CertificateOf(name.Label, "g", name.Lifetime, Start.AddDays(-88 + (18 * ends.NextDouble())));
        var byEnd = names.Values.OrderBy(name => name.Certificate!.NotAfter).Select(name => name.Label).ToList();
        var simulation = new LifecycleSimulation(names.Values, ca, limits, Start);

        simulation.RunUntil(Start.AddHours(3));

        // 300 at once: those that happened to look first. Then one each 36 seconds.
        Assert.Equal(599, simulation.Result.Issued.Count, tolerance: 2.0);
        var served = simulation.Result.Issued.Skip(300).ToList();
        Assert.Equal(byEnd.Except(simulation.Result.Issued.Take(300)).Take(served.Count), served);

        // Each once at first, each once an hour or so, and twice for each token.
        Assert.InRange(simulation.Result.Looks, count, 4 * (count + 600));
    }

    private static SimulatedName Name(int number)
    {
        var days = (number % 10) switch { < 6 => 90, < 9 => 45, _ => 6 };
        var label = $"n{number}.d{number / 20}.test";
        return new SimulatedName(label, $"d{number / 20}.test", TimeSpan.FromDays(days), HasRenewalInfo: number % 5 == 4, Wishes.Of(label));
    }

    private void Show(SimulationResult result, string name, int days)
    {
        output.WriteLine(result.Table());
        if (Environment.GetEnvironmentVariable("ACMEKESTREL_SIMULATION_OUT") is not { Length: > 0 } folder) return;

        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, $"{name}.svg"), result.Chart(days));
        File.WriteAllText(Path.Combine(folder, $"{name}.md"), result.Table());
    }
}
