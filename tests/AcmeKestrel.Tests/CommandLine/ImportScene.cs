using System.Text.Json;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>What other clients would have left, of certificates and accounts of the test's CA.</summary>
public abstract class ImportScene : CommandScene
{
    private const string Host = "ca.test";
    private const string Directories = $"https://{Host}/directory";

    private readonly DirectoryInfo _foreign = Directory.CreateTempSubdirectory("foreign-");

    private protected string Foreign => _foreign.FullName;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _foreign.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Orders a certificate with an account, in a state that is gone afterwards.</summary>
    private protected async Task<(string Chain, string Key, string Account)> OrderElsewhereAsync(params string[] words)
    {
        var said = await AcmeAsync(["issue", .. words]);
        Assert.True(said.Exit == 0, said.Text + said.Errors);
        var folder = Directory.GetDirectories(Path.Combine(State, "certs")).Single(path => File.Exists(Path.Combine(path, "fullchain")) && !Path.GetFileName(path).Contains('@', StringComparison.Ordinal));
        var account = Directory.GetFiles(Path.Combine(State, "accounts"), "privkey", SearchOption.AllDirectories)[0];
        var found = (File.ReadAllText(Path.Combine(folder, "fullchain")), File.ReadAllText(Path.Combine(folder, "privkey")), File.ReadAllText(account));
        Directory.Delete(State, recursive: true);
        return found;
    }

    /// <summary>As lego 4 keeps it.</summary>
    private protected void AsLego(string name, string chain, string key, string? account = null)
    {
        Write(["certificates", $"{name}.crt"], chain);
        Write(["certificates", $"{name}.key"], key);
        Write(["certificates", $"{name}.json"], JsonSerializer.Serialize(new { domain = name.Replace('_', '*'), certUrl = $"https://{Host}/certificate/1" }));
        if (account is not null) Write(["accounts", Host, "ops@example.com", "keys", "ops@example.com.key"], account);
    }

    /// <summary>As certbot keeps it, without an account, whose key it has as a JWK.</summary>
    private protected void AsCertbot(string name, string chain, string key)
    {
        Write(["archive", name, "fullchain1.pem"], chain);
        Write(["archive", name, "privkey1.pem"], key);
        Link(["live", name, "fullchain.pem"], $"../../archive/{name}/fullchain1.pem");
        Link(["live", name, "privkey.pem"], $"../../archive/{name}/privkey1.pem");
        Write(["renewal", $"{name}.conf"], $"version = 2.1.0\n[renewalparams]\naccount = 0123\nserver = {Directories}\nkey_type = ecdsa\n[[webroot_map]]\nserver = x\n");
    }

    /// <summary>As acmetool keeps it.</summary>
    private protected void AsAcmetool(string name, string chain, string key, string account)
    {
        Write(["keys", "k1", "privkey"], key);
        Write(["accounts", $"{Host}%2fdirectory", "a1", "privkey"], account);
        Write(["certs", "c1", "fullchain"], chain);
        Link(["certs", "c1", "privkey"], "../../keys/k1/privkey");
        Link(["certs", "c1", "account"], $"../../accounts/{Host}%2fdirectory/a1");
        Link(["live", name], "../certs/c1");
        Write(["desired", name], "");
    }

    private protected void Write(string[] parts, string text)
    {
        var path = Path.Combine([Foreign, .. parts]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private protected void Link(string[] parts, string target)
    {
        var path = Path.Combine([Foreign, .. parts]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink(path, target);
    }

    /// <summary>Everything in the state but what is written at every run.</summary>
    private protected List<string> Left() => [.. new[] { "certs", "desired", "accounts" }.SelectMany(folder => Directory.Exists(Path.Combine(State, folder)) ? Directory.GetFiles(Path.Combine(State, folder), "*", SearchOption.AllDirectories) : []).Order(StringComparer.Ordinal)];
}
