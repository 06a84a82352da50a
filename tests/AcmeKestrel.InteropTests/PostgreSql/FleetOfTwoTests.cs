using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>Two edges with nothing in common but the database.</summary>
public sealed class FleetOfTwoTests(SharedPostgreSql postgreSql)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_edge_gets_a_certificate_and_another_one_with_the_same_database_serves_it()
    {
        var server = await postgreSql.GetAsync(Stop);
        var connection = server.ConnectionString(await server.CreateDatabaseAsync(Stop));
        await using var ca = await LocalCaApp.StartAsync();
        await using var first = On(connection, new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca, "shop.test"));
        await using var second = On(connection, new SampleEdge().Using(ca, "shop.test"));
        first.Start();
        var ordered = await first.ServedAsync("shop.test", Stop);

        second.Start();

        Assert.Equal(ordered.Certificate.Thumbprint, (await second.ServedAsync("shop.test", Stop)).Certificate.Thumbprint);
        Assert.Equal(1, ca.Requests.Count(resource => resource == "new-order"));
        Assert.False(Directory.Exists(first.InState("certificates")));

        // What it has is the database's: a start on an empty machine orders nothing.
        await first.Process.StopAsync(Stop);
        await using var third = On(connection, new SampleEdge().Using(ca, "shop.test"));
        third.Start();
        Assert.Equal(ordered.Certificate.Thumbprint, (await third.ServedAsync("shop.test", Stop)).Certificate.Thumbprint);
        Assert.Equal(1, ca.Requests.Count(resource => resource == "new-order"));
    }

    [Fact]
    public async Task Keys_that_cannot_be_used_end_the_start_with_one_message()
    {
        await using var edge = new SampleEdge();
        edge.Settings["Acme__Store__Type"] = "postgresql";
        edge.Settings["Acme__Store__PostgreSql__ConnectionString"] = "Host=127.0.0.1;Prt=5432;Password=s3cret";
        edge.Settings["Acme__Store__PostgreSql__Schema"] = "No Name";
        edge.Settings["Acme__Store__PostgreSql__Pool"] = "7";
        var process = edge.Start();

        Assert.NotEqual(0, await process.ExitAsync(Stop));
        Assert.Contains("Acme:Store:PostgreSql:ConnectionString: is no connection string of Npgsql", process.Output, StringComparison.Ordinal);
        Assert.Contains("Acme:Store:PostgreSql:Schema: 'No Name' is no name of a schema", process.Output, StringComparison.Ordinal);
        Assert.Contains("Acme:Store:PostgreSql:Pool: is no known key; known here are ConnectionString, ConnectionStringFile, Schema.", process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", process.Output, StringComparison.Ordinal);
    }

    private static SampleEdge On(string connection, SampleEdge edge)
    {
        edge.Settings["Acme__Store__Type"] = "PostgreSql";
        edge.Settings["Acme__Store__PostgreSql__ConnectionString"] = connection;
        return edge;
    }
}
