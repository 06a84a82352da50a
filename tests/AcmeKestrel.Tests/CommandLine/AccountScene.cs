using System.Text;
using System.Text.Json.Nodes;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>A CA that has terms and a name for CAA records, and what is looked at of accounts.</summary>
public abstract class AccountScene : CommandScene
{
    private protected AccountScene() => Behaviour.Interceptor = (request, next, _) =>
    {
        Requests.Enqueue(request.Resource);
        var reply = next(request);
        return ValueTask.FromResult(request.Resource == "directory" ? WithMeta(reply) : reply);
    };

    private protected int Registrations => Requests.Count(resource => resource == "new-account");

    private protected string Accounts => Path.Combine(State, "accounts");

    /// <summary>Folders of accounts, by the CA's.</summary>
    private protected List<string> Folders => Directory.Exists(Accounts) ? [.. Directory.GetFiles(Accounts, "privkey", SearchOption.AllDirectories).Select(Path.GetDirectoryName).OfType<string>().Where(folder => !IsBelowLink(folder)).Order(StringComparer.Ordinal)] : [];

    private protected string OnlyFolder => Assert.Single(Folders);

    private protected string KeyPem => File.ReadAllText(Path.Combine(OnlyFolder, "privkey"));

    /// <summary>A file that is not there yet, beside the state.</summary>
    private protected string Beside(string name) => Path.Combine(Path.GetDirectoryName(State)!, name);

    private protected async Task<IReadOnlyList<string>> ContactAsync()
    {
        using var client = new AcmeClient(new AcmeClientOptions { DirectoryUrl = "https://ca.test/directory", Handler = Ca.CreateHandler() });
        using var key = AcmeAccountKey.FromPem(KeyPem);
        return (await (await AcmeAccount.RecoverAsync(client, key, Token)).GetAsync(Token)).Contact;
    }

    private static bool IsBelowLink(string folder) => new DirectoryInfo(folder).LinkTarget is not null;

    private static LocalCaReply WithMeta(LocalCaReply reply)
    {
        var directory = JsonNode.Parse(reply.Body.Span)!.AsObject();
        if (directory["meta"] is not JsonObject meta) directory["meta"] = meta = [];
        meta["termsOfService"] = "https://ca.test/terms";
        meta["caaIdentities"] = new JsonArray("bad name\"", "ca.test");
        return reply with { Body = Encoding.UTF8.GetBytes(directory.ToJsonString()) };
    }
}
