using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>Wrong syntax in the configuration stops the start; everything else is held with a reason while the rest serves.</summary>
public sealed class BadInputTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Acme__Domains__0", "shop..test", "Acme:Domains:0")]
    [InlineData("Acme__Provider", "nobody", "Acme:Provider")]
    [InlineData("Acme__Provider", "http://ca.test/directory", "Acme:Provider")]
    [InlineData("Acme__Provdier", "letsencrypt", "Acme:Provdier")]
    public async Task A_bad_value_in_the_configuration_stops_the_start_with_a_message_naming_its_key(string variable, string value, string key)
    {
        await using var edge = new SampleEdge();
        edge.Settings[variable] = value;

        var exit = await edge.Start().ExitAsync(Stop);

        Assert.Equal(1, exit);
        Assert.Contains(key, edge.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_message_lists_everything_that_is_wrong_in_the_configuration()
    {
        await using var edge = new SampleEdge();
        edge.Settings["Acme__Domains__0"] = "shop..test";
        edge.Settings["Acme__Provider"] = "nobody";
        edge.Settings["Acme__Emial"] = "ops@example.test";

        Assert.Equal(1, await edge.Start().ExitAsync(Stop));

        Assert.All(["Acme:Domains:0", "Acme:Provider", "Acme:Emial"], key => Assert.Contains(key, edge.Process.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bad_entries_in_desired_are_held_each_with_its_file_and_the_rest_serves()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test").Start();
        await edge.ServedAsync("shop.test", Stop);

        await File.WriteAllTextAsync(edge.InState("desired", "blog"), "blog..test\n", Stop);
        await File.WriteAllTextAsync(edge.InState("desired", "wiki.test"), "", Stop);

        await edge.ServedAsync("wiki.test", Stop);
        var line = await edge.Process.LineAsync(line => line.Contains("held", StringComparison.Ordinal), Stop);
        Assert.Contains("desired/blog", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_accepted_terms_nothing_is_registered_and_the_reason_is_told()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test").Settings.Remove("Acme__AcceptTermsOfService");

        edge.Start();
        var line = await edge.Process.LineAsync(line => line.StartsWith("shop.test: held", StringComparison.Ordinal), Stop);

        Assert.Contains("AcceptTermsOfService", line, StringComparison.Ordinal);
        Assert.True((await edge.FirstHandshakeAsync("shop.test", Stop)).IsSelfSigned);
        Assert.Equal(0, ca.Requests("/sign-me-up"));
    }

    [Fact]
    public async Task A_state_directory_that_cannot_be_written_is_held_and_nothing_is_ordered()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        var file = Path.Combine(edge.ContentRoot, "a-file");
        await File.WriteAllTextAsync(file, "", Stop);
        edge.Using(ca, "shop.test").Settings["Acme__StateDirectory"] = Path.Combine(file, "state");

        edge.Start();
        var line = await edge.Process.LineAsync(line => line.StartsWith("shop.test: held", StringComparison.Ordinal), Stop);

        Assert.Contains(file, line, StringComparison.Ordinal);
        Assert.True((await edge.FirstHandshakeAsync("shop.test", Stop)).IsSelfSigned);
        Assert.Equal(0, ca.Orders());
    }

    [Theory]
    [InlineData("fullchain", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")]
    [InlineData("meta.json", "{ \"half\":")]
    public async Task A_corrupt_file_in_the_state_is_told_and_kept_and_the_rest_serves(string file, string content)
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test", "blog.test").Start();

        // Served is first, linked is after that: the line comes when both are done.
        await edge.Process.LineAsync(line => line.StartsWith("shop.test: served", StringComparison.Ordinal), Stop);
        await edge.Process.LineAsync(line => line.StartsWith("blog.test: served", StringComparison.Ordinal), Stop);
        await edge.Process.StopAsync(Stop);
        var broken = Path.Combine(Directory.ResolveLinkTarget(edge.InState("certs", "shop.test"), returnFinalTarget: true)!.FullName, file);
        await File.WriteAllTextAsync(broken, content, Stop);

        edge.Start();
        var blog = await edge.FirstHandshakeAsync("blog.test", Stop);
        var shop = await edge.FirstHandshakeAsync("shop.test", Stop);
        var line = await edge.Process.LineAsync(line => line.StartsWith("shop.test: held", StringComparison.Ordinal), Stop);

        Assert.False(blog.IsSelfSigned);
        Assert.True(shop.IsSelfSigned);
        Assert.Contains("shop.test", line, StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllTextAsync(broken, Stop));
    }
}
