using AcmeKestrel.Configuration;
using static System.IO.UnixFileMode;

namespace AcmeKestrel.Tests.Configuration;

public sealed class ExportSettingsTests
{
    [Fact]
    public void Everything_that_is_said_is_read()
    {
        var exports = TestConfiguration.Read(
            ("Acme:Exports:0:Path", "/tls/{name}.pem"),
            ("Acme:Exports:1:Certificate", "Shop.Test"), ("Acme:Exports:1:Path", "/tls/shop.key"), ("Acme:Exports:1:Part", "PrivKey"), ("Acme:Exports:1:Owner", "1000"), ("Acme:Exports:1:Group", "ssl-cert"), ("Acme:Exports:1:Mode", "640"),
            ("Acme:Exports:2:Certificate", "*"), ("Acme:Exports:2:Path", "/tls/{name_}.pfx"), ("Acme:Exports:2:Format", "pfx"), ("Acme:Exports:2:PasswordFile", "/tls/password")).Exports;

        Assert.Equal(
            [
                new ExportSetting("Acme:Exports:0", null, ExportContent.FullChain, "/tls/{name}.pem", UserRead | UserWrite | GroupRead | OtherRead),
                new ExportSetting("Acme:Exports:1", "shop.test", ExportContent.PrivKey, "/tls/shop.key", UserRead | UserWrite | GroupRead) { IsModeSaid = true, Owner = "1000", Group = "ssl-cert" },
                new ExportSetting("Acme:Exports:2", null, ExportContent.Pfx, "/tls/{name_}.pfx", UserRead | UserWrite) { PasswordFile = "/tls/password" },
            ],
            exports);
    }

    [Theory]
    [InlineData("Path", "/tls/x.pem", "'/tls/x.pem' has neither {name} nor {name_}")]
    [InlineData("Path", "tls/{name}.pem", "is no absolute path")]
    [InlineData("Path", "/tls/../{name}.pem", "is no plain path")]
    [InlineData("Path", "/tls//{name}.pem", "is no plain path")]
    [InlineData("Path", "/tls/{name}/", "is no plain path")]
    [InlineData("Path", "/tls/{label}.pem", "has a placeholder that is none of {name}, {name_}")]
    [InlineData("Path", "/tls/{name}}.pem", "has a placeholder")]
    [InlineData("Path", "/tls/{na{name}me}.pem", "has a placeholder")]
    [InlineData("Path", "/tls/{name}\n.pem", "has a control character")]
    [InlineData("Path", "/the/state/{name}.pem", "lies in the state directory")]
    [InlineData("Path", "", "is missing")]
    [InlineData("Certificate", "a/b", "'a/b' ")]
    [InlineData("Format", "der", "'der' is none of pem, combined, pfx")]
    [InlineData("Part", "key", "'key' is none of cert, chain, fullchain, privkey")]
    [InlineData("Owner", "a:b", "is no name of a user")]
    [InlineData("Group", "a b", "is no name of a group")]
    [InlineData("Mode", "0400", "is no octal mode")]
    [InlineData("Mode", "4600", "is no octal mode")]
    [InlineData("Mode", "0688", "is no octal mode")]
    [InlineData("PasswordFile", "/tls/password", "goes with the format pfx")]
    [InlineData("Mood", "0600", "is no known key")]
    public void A_mistake_is_named_by_its_key(string key, string value, string message)
    {
        var values = new Dictionary<string, string?> { ["Acme:StateDirectory"] = "/the/state", ["Acme:Exports:0:Path"] = "/tls/{name}.pem", [$"Acme:Exports:0:{key}"] = value };

        var problem = Assert.Single(TestConfiguration.Problems([.. values.Select(pair => (pair.Key, pair.Value))]));

        Assert.StartsWith($"Acme:Exports:0:{key}: ", problem, StringComparison.Ordinal);
        Assert.Contains(message, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_at_once() => Assert.Equal(
        ["Acme:Exports:0:Path", "Acme:Exports:1:Mode", "Acme:Exports:1:Owner", "Acme:Exports:2:Part"],
        TestConfiguration.Problems(
            ("Acme:Exports:0:Format", "pem"),
            ("Acme:Exports:1:Path", "/tls/{name}"), ("Acme:Exports:1:Mode", "0644"), ("Acme:Exports:1:Format", "combined"), ("Acme:Exports:1:Owner", "/"),
            ("Acme:Exports:2:Path", "/tls/{name_}"), ("Acme:Exports:2:Format", "pfx"), ("Acme:Exports:2:Part", "cert")).Select(problem => problem[..problem.IndexOf(": ", StringComparison.Ordinal)]));

    [Fact]
    public void A_private_key_is_given_to_nobody_but_owner_and_group()
    {
        foreach (var format in new[] { ("Format", "combined"), ("Format", "pfx"), ("Part", "privkey") })
        {
            var problem = Assert.Single(TestConfiguration.Problems(("Acme:Exports:0:Path", "/tls/{name}"), ($"Acme:Exports:0:{format.Item1}", format.Item2), ("Acme:Exports:0:Mode", "0604")));
            Assert.Equal("Acme:Exports:0:Mode: '0604' opens a private key to everybody.", problem);
        }
    }

    [Theory]
    [InlineData("a.test", "/tls/x", "b.test", "/tls/x")]
    [InlineData("a.test", "/tls/{name}", "a.test", "/tls/a.test")]
    [InlineData("a.test", "/tls/a_test", null, "/tls/{name_}")]
    [InlineData(null, "/tls/{name}", "a.test", "/tls/a.test")]
    [InlineData(null, "/tls/{name}", null, "/tls/{name}")]
    public void Two_entries_for_one_file_are_refused_and_both_are_named(string? one, string onePath, string? other, string otherPath)
    {
        var problem = Assert.Single(TestConfiguration.Problems(("Acme:Exports:0:Certificate", one), ("Acme:Exports:0:Path", onePath), ("Acme:Exports:1:Certificate", other), ("Acme:Exports:1:Path", otherPath)));

        Assert.Contains("Acme:Exports:0:Path", problem, StringComparison.Ordinal);
        Assert.Contains("Acme:Exports:1:Path", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_entries_for_two_files_are_fine() => Assert.Equal(3, TestConfiguration.Read(
        ("Acme:Exports:0:Certificate", "a.test"), ("Acme:Exports:0:Path", "/tls/{name}"), ("Acme:Exports:1:Certificate", "b.test"), ("Acme:Exports:1:Path", "/tls/{name}"), ("Acme:Exports:2:Path", "/tls/{name}.pem")).Exports.Count);
}
