using AcmeKestrel.Dns.Programs;
using AcmeKestrel.Hooks.Programs;
using AcmeKestrel.InteropTests.Edge;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.InteropTests.Dns;

public sealed class ExecTests : IDisposable
{
    private const string Value = "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ";
    private const string Other = "-fj9Xq-Rg85nM51bSDuUhDoCTBkg8DhmiDGuCXWsNpw";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>The program of docs/dns.md, but for the key's file and the server's port.</summary>
    [Fact]
    public async Task The_program_of_the_documentation_writes_to_BIND()
    {
        RealThing.Require("nsupdate", "bind9-dnsutils");
        await using var bind = await BindServer.StartAsync(null, Token);
        var page = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "dns.md"), Token);
        var begin = page.IndexOf("#!/bin/sh", page.IndexOf("## exec", StringComparison.Ordinal), StringComparison.Ordinal);
        var script = page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)];
        await File.WriteAllTextAsync(_folder.In("update-dns"), script.Replace("/etc/edge/tsig.key", _folder.In("tsig.key"), StringComparison.Ordinal).Replace("server 127.0.0.1", $"server 127.0.0.1 {bind.EndPoint.Port}", StringComparison.Ordinal), Token);
        await File.WriteAllTextAsync(_folder.In("tsig.key"), $$"""key "sha256.test" { algorithm hmac-sha256; secret "{{BindServer.Secret}}"; };""", Token);
        File.SetUnixFileMode(_folder.In("update-dns"), (UnixFileMode)0b111_101_101);
        var provider = ExecProvider.Create(new AcmeComponentConfiguration("script", new Dictionary<string, string?> { ["Program"] = _folder.In("update-dns") }), new TrustedPrograms(new SystemPrograms(TimeProvider.System), new FileTrust(new Anybodys())), NullLogger<ExecProvider>.Instance);

        await provider.AddAsync(Record(Value), Token);
        await provider.AddAsync(Record(Other), Token);
        Assert.Equal([Other, Value], (await TextsAsync(bind)).Order(StringComparer.Ordinal));
        await provider.RemoveAsync(Record(Value), Token);
        Assert.Equal([Other], await TextsAsync(bind));

        await bind.StopAsync(Token);
        Assert.StartsWith($"The program {_folder.In("update-dns")} exited with ", (await Assert.ThrowsAsync<DnsProviderException>(() => provider.AddAsync(Record(Value), Token))).Message, StringComparison.Ordinal);
    }

    private static DnsChallengeRecord Record(string value) => new("_acme-challenge.shop.test", value, "shop.test", "token", "token.thumbprint");

    private static Task<IReadOnlyList<string>> TextsAsync(BindServer bind) => bind.FindTextsAsync("_acme-challenge.shop.test", Token);

    /// <summary>Whose the temporary folder is, is not what is tried here.</summary>
    private sealed class Anybodys : IFileFacts
    {
        public uint? User => null;

        public FileFacts? Find(string path) => null;

        public IReadOnlyList<string>? List(string folder) => null;
    }
}
