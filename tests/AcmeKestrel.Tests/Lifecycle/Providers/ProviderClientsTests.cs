using System.Diagnostics;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle.Providers;

public sealed class ProviderClientsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("acme-roots-").FullName;
    private readonly ProviderClients _clients = new(new FakeTimeProvider(), NullLogger<AcmeClient>.Instance);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string RootsFile => Path.Combine(_folder, "roots.pem");

    public void Dispose()
    {
        _clients.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Roots_that_were_replaced_on_disk_are_read_for_the_next_attempt_whatever_their_time_says()
    {
        File.WriteAllText(RootsFile, Root());
        var written = File.GetLastWriteTimeUtc(RootsFile);
        var first = _clients.Get(Private());
        Assert.Same(first, _clients.Get(Private()));

        File.WriteAllText(RootsFile, Root());
        File.SetLastWriteTimeUtc(RootsFile, written);

        var second = _clients.Get(Private());
        Assert.NotSame(first, second);
        Assert.Same(second, _clients.Get(Private()));
    }

    [Fact]
    public void A_file_that_is_written_again_as_it_was_changes_nothing()
    {
        var root = Root();
        File.WriteAllText(RootsFile, root);
        var first = _clients.Get(Private());

        File.WriteAllText(RootsFile, root);
        File.SetLastWriteTimeUtc(RootsFile, DateTime.UtcNow.AddHours(1));

        Assert.Same(first, _clients.Get(Private()));
    }

    [Fact]
    public void A_file_that_is_gone_or_half_written_for_a_while_stops_nothing()
    {
        var (old, root) = (Root(), Root());
        File.WriteAllText(RootsFile, old);
        var first = _clients.Get(Private());

        File.Delete(RootsFile);
        Assert.Same(first, _clients.Get(Private()));
        foreach (var half in new[] { "", root[..30], root[..^30], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", $"{root}{old[..100]}" })
        {
            File.WriteAllText(RootsFile, half);
            Assert.Same(first, _clients.Get(Private()));
        }

        File.Delete(RootsFile);
        Directory.CreateDirectory(RootsFile);
        Assert.Same(first, _clients.Get(Private()));
        Directory.Delete(RootsFile);

        File.WriteAllText(RootsFile, root);
        Assert.NotSame(first, _clients.Get(Private()));
    }

    [Fact]
    public void Without_roots_at_the_start_the_name_is_held_and_goes_on_once_they_are_there()
    {
        var held = Assert.Throws<HeldException>(() => _clients.Get(Private()));
        Assert.Contains("Acme:Providers:private:TrustedRootsFile", held.Message, StringComparison.Ordinal);
        Assert.Contains(RootsFile, held.Message, StringComparison.Ordinal);

        File.WriteAllText(RootsFile, Root());
        Assert.NotNull(_clients.Get(Private()));
    }

    [Theory]
    [InlineData("https://acme-v02.api.letsencrypt.org/", "'letsencrypt'", "https://acme-v02.api.letsencrypt.org/directory")]
    [InlineData("https://ACME.zerossl.com/v2", "'zerossl'", "https://acme.zerossl.com/v2/DV90")]
    public async Task Another_path_at_a_known_CA_is_told_the_name_that_stands_for_it(string directory, string name, string right)
    {
        using var clients = Answering(_ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>Welcome") });

        var fault = await Assert.ThrowsAsync<AcmeException>(() => clients.Get(Private() with { DirectoryUrl = directory, TrustedRootsFile = null }).GetDirectoryAsync(Cancel));

        Assert.Contains("no ACME directory", fault.Message, StringComparison.Ordinal);
        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
        Assert.Contains(right, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_gets_no_such_hint_and_its_key_is_named()
    {
        using var clients = Answering(_ => new HttpResponseMessage(HttpStatusCode.NotFound));

        var fault = await Assert.ThrowsAsync<AcmeException>(() => clients.Get(Private() with { TrustedRootsFile = null }).GetDirectoryAsync(Cancel));

        Assert.DoesNotContain("stands for", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Acme:Providers:private:Directory", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_CA_whose_own_certificate_is_not_trusted_names_the_setting()
    {
        using var clients = Answering(_ => throw new HttpRequestException(HttpRequestError.SecureConnectionError, "The SSL connection could not be established", new AuthenticationException("PartialChain")));

        var fault = await Assert.ThrowsAsync<AcmeException>(() => clients.Get(Private() with { TrustedRootsFile = null }).GetDirectoryAsync(Cancel));

        Assert.Contains("PartialChain", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Acme:Providers:private:TrustedRootsFile", fault.Message, StringComparison.Ordinal);
        Assert.Contains("ca-certificates", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "Acme:Providers:<name>:TrustedRootsFile (with Acme:Providers:<name>:Directory = https://ca.example.test/dir)")]
    [InlineData(false, "https://ca.example.test/dir is to be the URL of the directory itself, path and all.")]
    public async Task A_CA_that_is_named_by_its_URL_is_told_no_key_that_cannot_be(bool isUntrusted, string hint)
    {
        using var clients = Answering(_ => isUntrusted ? throw new HttpRequestException(HttpRequestError.SecureConnectionError, "No.", new AuthenticationException("PartialChain")) : new HttpResponseMessage(HttpStatusCode.NotFound));

        var fault = await Assert.ThrowsAsync<AcmeException>(() => clients.Get(Private() with { Name = "https://ca.example.test/dir", TrustedRootsFile = null }).GetDirectoryAsync(Cancel));

        Assert.Contains(hint, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Acme:Providers:https:", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>What has a request under way keeps its client, and a server that reloads its settings for years keeps none.</summary>
    [Fact]
    public void A_client_of_former_settings_ends_with_the_last_work_that_may_have_it()
    {
        var made = new List<Stub>();
        using var clients = new ProviderClients(new FakeTimeProvider(), NullLogger<AcmeClient>.Instance, _ =>
        {
            made.Add(new Stub(_ => new HttpResponseMessage(HttpStatusCode.OK)));
            return made[^1];
        });
        var provider = Private() with { TrustedRootsFile = null };
        using (clients.Use()) clients.Get(provider);
        var (early, late) = (clients.Use(), clients.Use());
        clients.Get(provider);

        clients.Get(provider with { PreferredChain = "another" });
        using (clients.Use()) clients.Get(provider with { PreferredChain = "another" });
        late.Dispose();
        late.Dispose();
        Assert.Equal([false, false], made.Select(stub => stub.IsDisposed));

        early.Dispose();
        Assert.Equal([true, false], made.Select(stub => stub.IsDisposed));

        using (clients.Use()) clients.Get(provider);
        Assert.Equal([true, true, false], made.Select(stub => stub.IsDisposed));
    }

    [Fact]
    public void A_client_of_a_provider_that_left_the_settings_ends_with_the_work_under_way()
    {
        var (made, isThere) = (new List<Stub>(), true);
        using var clients = new ProviderClients(
            new FakeTimeProvider(),
            NullLogger<AcmeClient>.Instance,
            _ =>
            {
                made.Add(new Stub(_ => new HttpResponseMessage(HttpStatusCode.OK)));
                return made[^1];
            },
            isInForce: _ => isThere);
        var provider = Private() with { TrustedRootsFile = null };
        using (clients.Use()) clients.Get(provider);
        var work = clients.Use();
        clients.LetGo();
        Assert.Equal([false], made.Select(stub => stub.IsDisposed));

        isThere = false;
        clients.LetGo();
        Assert.Equal([false], made.Select(stub => stub.IsDisposed));

        // That work began with the former settings and asks again.
        clients.Get(provider);
        clients.LetGo();
        Assert.Equal([false, false], made.Select(stub => stub.IsDisposed));
        clients.Get(provider);
        work.Dispose();
        Assert.Equal([true, true, true], made.Select(stub => stub.IsDisposed));

        using (clients.Use()) clients.Get(provider);
        Assert.Equal([true, true, true, true], made.Select(stub => stub.IsDisposed));
    }

    /// <summary>Roots that are read slowly, and other settings meanwhile: what stands there by then is no client that was seen before.</summary>
    [Fact]
    public async Task A_client_that_somebody_made_while_roots_were_read_ends_like_any_other()
    {
        using (var made = Process.Start("mkfifo", [RootsFile])) await made.WaitForExitAsync(Cancel);
        var wires = new List<Stub>();
        using var clients = new ProviderClients(new FakeTimeProvider(), NullLogger<AcmeClient>.Instance, _ =>
        {
            wires.Add(new Stub(_ => new HttpResponseMessage(HttpStatusCode.OK)));
            return wires[^1];
        });
        using (clients.Use())
        {
            var slow = Task.Run(() => clients.Get(Private()), Cancel);

            // Opened when the other side is.
            await using (var roots = new StreamWriter(await Task.Run(() => new FileStream(RootsFile, FileMode.Open, FileAccess.Write), Cancel)))
            {
                clients.Get(Private() with { TrustedRootsFile = null });
                await roots.WriteAsync(Root());
            }

            await slow;
        }

        Assert.Equal([true, false], wires.Select(wire => wire.IsDisposed));
    }

    /// <summary>No label need have anything to do for it.</summary>
    [Fact]
    public async Task Changed_settings_let_go_of_a_client_that_they_name_no_more()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
        var (ca, settings, made) = (new TestCa(time), new TestSettings(), new List<Wire>());
        await using var edge = await Edge.StartAsync(time, ca, settings, new TestStore(time), [Wishes.Of("a.test")], () =>
        {
            made.Add(new Wire(ca.Transport()));
            return made[^1];
        });
        await edge.SettleAsync("a.test");
        settings.Change();
        Assert.Equal([false], made.Select(wire => wire.IsDisposed));

        settings.DirectoryUrl = "https://ca.test:444/dir";
        settings.Change();
        Assert.Equal([true], made.Select(wire => wire.IsDisposed));

        settings.DirectoryUrl = TestCa.DirectoryUrl;
        edge.Wish(Wishes.Of("a.test", ["a.test", "b.test"]));
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("a.test")).State);
        Assert.Equal(2, made.Count);
    }

    [Fact]
    public async Task The_work_on_a_label_lets_go_of_a_client_of_former_settings()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
        var (ca, settings, made) = (new TestCa(time), new TestSettings(), new List<Wire>());
        await using var edge = await Edge.StartAsync(time, ca, settings, new TestStore(time), [Wishes.Of("a.test")], () =>
        {
            made.Add(new Wire(ca.Transport()));
            return made[^1];
        });
        await edge.SettleAsync("a.test");
        Assert.Equal([false], made.Select(wire => wire.IsDisposed));

        settings.PreferredChain = "another";
        edge.Wish(Wishes.Of("b.test"));
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("b.test")).State);

        Assert.Equal([true, false], made.Select(wire => wire.IsDisposed));
    }

    private sealed class Wire(HttpMessageHandler ca) : DelegatingHandler(ca)
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    private static ProviderClients Answering(Func<HttpRequestMessage, HttpResponseMessage> answer) =>
        new(new FakeTimeProvider(), NullLogger<AcmeClient>.Instance, _ => new Stub(answer), BuiltInProviders.ByHost);

    private Provider Private() => new("private", "https://ca.example.test/dir", RootsFile, null, null, null, null, null, ProviderLimits.None, false, null);

    private static string Root()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = new CertificateRequest("CN=root", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(90));
        return root.ExportCertificatePem() + "\n";
    }

    private sealed class Stub(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer(request));
    }
}
