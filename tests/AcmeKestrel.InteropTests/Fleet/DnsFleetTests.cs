using System.Text.RegularExpressions;
using AcmeKestrel.Challenges;
using AcmeKestrel.InteropTests.Dns;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>Three SampleWebs with one engine prove wildcards by the records that only Pebble's newest knows: one of the account's own, and one that an operator sets once for the account that all of them share.</summary>
public sealed partial class DnsFleetTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Redis")]
    [InlineData("PostgreSql")]
    public async Task Wildcards_are_ordered_once_each_and_any_of_them_tells_of_the_record_that_has_to_be_set(string type)
    {
        await using var engine = await FleetEngine.StartAsync(type, Stop);
        await using var bind = await BindServer.StartResolvingAsync(Stop);
        await using var ca = await PebbleServer.StartAsync(new PebbleSettings(PebbleVersion.Newest) { Resolver = bind.EndPoint, NonceReject = 0 }, Stop);
        SampleEdge[] edges = [new(), new(), new()];
        try
        {
            foreach (var edge in edges)
            {
                engine.Use(edge.ProvingBy(bind).Using(ca), engine.Port);
                edge.Settings["Acme__Certificates__account__Names__0"] = "*.account.edge.test account.edge.test";
                edge.Settings["Acme__Certificates__account__Challenges__0"] = "dns-account-01";
                edge.Settings["Acme__Certificates__permanent__Names__0"] = "*.permanent.edge.test";
                edge.Settings["Acme__Certificates__permanent__Challenges__0"] = "dns-persist-01";
                edge.Start();
            }

            await ServedByAllAsync(edges, "any.account.edge.test");
            var records = new List<string>();
            foreach (var edge in edges) records.Add(await Patience.UntilAsync(token => WantedRecordAsync(edge, token), () => edge.Process.Output, Stop));
            Assert.Single(records.Distinct());
            Assert.Equal(1, ca.Orders());
            await SetAsync(bind, records[0]);

            // From any of them; without it it is looked for again after a minute.
            await ToldAsync(edges[^1], "retry", Stop);
            await ServedByAllAsync(edges, "any.permanent.edge.test");
            Assert.Equal((2, 2), (ca.Orders(), ca.Requests("/finalize-order")));
            var ofTheAccount = DnsAccountLabel.RecordName(AccountIn(records[0]), "account.edge.test");
            await Patience.UntilAsync(async token => (await bind.FindTextsAsync(ofTheAccount, token)).Count == 0 ? "" : null, () => string.Join('\n', edges.Select(edge => edge.Process.Output)), Stop);
            Assert.Equal([records[0]], await bind.FindTextsAsync("_validation-persist.permanent.edge.test", Stop));
        }
        finally
        {
            foreach (var edge in edges) await edge.DisposeAsync();
        }
    }

    private static async Task ServedByAllAsync(SampleEdge[] edges, string name) =>
        Assert.Single((await Task.WhenAll(edges.Select(async edge => (await edge.ServedAsync(name, Stop)).Certificate.Thumbprint))).Distinct());

    private static async Task<string?> WantedRecordAsync(SampleEdge edge, CancellationToken cancellationToken) =>
        Told().Match(await ToldAsync(edge, "explain", cancellationToken)) is { Success: true } told ? told.Groups[1].Value : null;

    /// <summary>A verb beside a running edge.</summary>
    private static async Task<string> ToldAsync(SampleEdge edge, string verb, CancellationToken cancellationToken)
    {
        await using var process = ChildProcess.Start(SampleEdge.Program, ["acme", verb, "permanent"], edge.Settings, edge.ContentRoot);
        await process.ExitAsync(cancellationToken);
        return process.Output;
    }

    /// <summary>As an operator would.</summary>
    private static Task SetAsync(BindServer bind, string text) =>
        DnsProviders.Create("rfc2136", new Dictionary<string, string?> { ["Server"] = bind.EndPoint.ToString(), ["TsigName"] = "sha256.test", ["TsigSecret"] = BindServer.Secret })
            .AddAsync(new DnsChallengeRecord("_validation-persist.permanent.edge.test", text, "permanent.edge.test", "", ""), Stop);

    private static string AccountIn(string record) => Account().Match(record).Groups[1].Value;

    [GeneratedRegex("_validation-persist\\.permanent\\.edge\\.test\\. IN TXT \"([^\"]+)\"")]
    private static partial Regex Told();

    [GeneratedRegex("accounturi=([^; ]+)")]
    private static partial Regex Account();
}
