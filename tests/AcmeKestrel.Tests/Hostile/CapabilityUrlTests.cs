using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>A CA's URLs may be capabilities: whoever reads the log must not be able to use one.</summary>
public sealed class CapabilityUrlTests
{
    private static readonly string[] Paths = ["/account/", "/order/", "/authorization/", "/challenge/", "/finalize/", "/certificate/"];

    public static TheoryData<string> FaultNames() => [.. Faults.All.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(FaultNames))]
    public async Task The_query_of_a_URL_is_in_no_message_and_no_log(string faultName)
    {
        await using var world = new World();
        world.Transport.Fault = Faults.Named(faultName);
        var texts = new List<string?>();

        foreach (var path in Paths)
        {
            world.Transport.FailingPath = $"{path}*";
            await world.Client.GetDirectoryAsync(World.Ct);
            texts.Add(await TryAsync(world, path, $"https://ca.test{path}1?{FaultyTransport.Capability}"));
        }

        Assert.InRange(world.Transport.Hits, Paths.Length, Paths.Length * 21);
        Assert.Contains(world.Log.Lines, line => line.Contains("https://ca.test/", StringComparison.Ordinal));
        Secrets.AssertNoneIn([.. world.Log.Lines, .. texts], world.PrivateKeys, world.Transport.Signatures);
    }

    private static async Task<string> TryAsync(World world, string path, string url)
    {
        var account = world.Client.OpenAccount(world.Key, path == "/account/" ? url : "https://ca.test/account/1");
        try
        {
            Task asked = path switch
            {
                "/account/" => account.GetAsync(World.Ct),
                "/order/" => account.GetOrderAsync(url, World.Ct),
                "/authorization/" => account.GetAuthorizationAsync(url, World.Ct),
                "/challenge/" => account.AnswerAsync(url, World.Ct),
                "/finalize/" => account.FinalizeAsync(new AcmeOrder(url, AcmeStatus.Ready, [AcmeIdentifier.Parse("shop.test")], [], url), world.SigningRequest(), World.Ct),
                _ => account.DownloadAsync(url, World.Ct),
            };
            await asked;
            return "";
        }
        catch (AcmeException thrown)
        {
            return thrown.ToString();
        }
    }
}
