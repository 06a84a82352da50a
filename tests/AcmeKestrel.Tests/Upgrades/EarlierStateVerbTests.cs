using System.Text.Json.Nodes;
using AcmeKestrel.Tests.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Upgrades;

/// <summary>Commands of this version on the state directory of an earlier one, before any server of this version has begun with it.</summary>
public sealed class EarlierStateVerbTests : CommandScene
{
    public EarlierStateVerbTests()
    {
        Settings["Acme:Provider"] = "local";
        Settings["Acme:Providers:local:Directory"] = "https://127.0.0.1:14443/directory";
        Settings["Acme:Email"] = "ops@example.test";
        Settings["Acme:Domains:0"] = "shop.test www.shop.test";
        Settings["Acme:Domains:1"] = "broken.example.com";
        Settings["Acme:Domains:2"] = "late.test";
        Settings["Acme:Domains:3"] = "app.localhost";

        // While all of these certificates are good.
        Also = services => services.AddSingleton<TimeProvider>(new FakeTimeProvider(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero))).AddAcme().AddOnDemand((_, _) => ValueTask.FromResult(true));
    }

    public static TheoryData<string> Versions => [.. EarlierState.All];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Status_tells_what_is_stored_and_leaves_it_as_it_is(string version)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The state has links and modes.");
        EarlierState.CopyTo(version, State);
        var before = EarlierState.Read(State);
        var labels = Directory.EnumerateFileSystemEntries(Path.Combine(State, "certs")).Where(path => new FileInfo(path).LinkTarget is not null).Select(path => Path.GetFileName(path)).Order().ToList();

        var said = await AcmeAsync("status", "--json");

        var served = JsonNode.Parse(said.Text)!["certificates"]!.AsArray().Where(one => string.Equals(one!["state"]!.GetValue<string>(), "served", StringComparison.OrdinalIgnoreCase)).Select(one => one!["label"]!.GetValue<string>());
        Assert.Equal(labels, served.Order());

        // The index is what can be made again.
        var after = EarlierState.Read(State);
        Assert.All(before.Where(file => !file.Key.StartsWith("index/", StringComparison.Ordinal)), file => Assert.Equal(file.Value, after[file.Key]));
        Assert.Equal(0, Orders);
    }
}
