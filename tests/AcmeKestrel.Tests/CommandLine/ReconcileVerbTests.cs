using AcmeKestrel.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Tests.CommandLine;

public sealed class ReconcileVerbTests
{
    private static readonly AcmeCertificateStatus Served = new("shop.test", ["shop.test"], "pebble", AcmeCertificateState.Served) { NotAfter = DateTimeOffset.UnixEpoch };
    private static readonly AcmeCertificateStatus Failing = new("blog.test", ["blog.test"], "pebble", AcmeCertificateState.Failing) { Reason = "no such name", Failures = 1 };

    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task A_pass_with_nothing_to_do_exits_with_0_and_tells_one_line_a_label()
    {
        Assert.Equal(0, await ReconcileAsync(new() { Current = [Served] }));

        Assert.Equal(["shop.test: served until 1970-01-01 00:00:00Z, from pebble"], Lines(_output));
    }

    [Fact]
    public async Task A_new_certificate_is_marked()
    {
        Assert.Equal(0, await ReconcileAsync(new() { Issued = ["shop.test"], Current = [Served] }));

        Assert.EndsWith("(new)", Assert.Single(Lines(_output)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_some_failed_it_exits_with_3_and_tells_each_label_once()
    {
        Assert.Equal(3, await ReconcileAsync(new() { Issued = ["shop.test"], Failed = [Failing], Current = [Served, Failing] }));

        Assert.Equal(2, Lines(_output).Count);
        Assert.Contains("blog.test: failed: no such name", Lines(_output));
    }

    [Fact]
    public async Task A_file_that_is_not_as_it_should_be_is_told_and_exits_with_3()
    {
        var exported = new AcmeCertificateStatus("shop.test", ["shop.test"], "pebble", AcmeCertificateState.Served)
        {
            NotAfter = DateTimeOffset.UnixEpoch,
            Exports = [new AcmeExportStatus("/tls/shop.pem", "Acme:Exports:0"), new AcmeExportStatus("/tls/shop.key", "Acme:Exports:1") { Problem = "No space left" }],
        };

        Assert.Equal(3, await ReconcileAsync(new() { Current = [exported] }));

        Assert.Equal(["shop.test: served until 1970-01-01 00:00:00Z, from pebble; /tls/shop.key: No space left"], Lines(_output));
    }

    [Fact]
    public async Task A_pass_that_could_not_be_made_exits_with_1_and_says_why()
    {
        Assert.Equal(1, await ReconcileAsync(new() { Error = "a server already runs on this state" }));

        Assert.Equal(["a server already runs on this state"], Lines(_error));
        Assert.Empty(Lines(_output));
    }

    [Fact]
    public async Task The_server_listens_during_the_pass_and_is_gone_after_it()
    {
        var certificates = new FakeCertificates(new AcmeReconcileResult());
        WebApplication? built = null;

        await AcmeCommandLine.RunAsync(["acme", "reconcile"], _ => built = Build(certificates), _output, _error, null, TestContext.Current.CancellationToken);

        Assert.True(certificates.WasListening);
        Assert.Throws<ObjectDisposedException>(() => built!.Services.GetRequiredService<IServer>());
    }

    [Fact]
    public async Task A_busy_endpoint_is_an_error_with_a_message()
    {
        var certificates = new FakeCertificates(new AcmeReconcileResult());
        await using var other = Build(certificates);
        await other.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, await AcmeCommandLine.RunAsync(["acme", "reconcile"], _ => Build(certificates, other.Urls.Single()), _output, _error, null, TestContext.Current.CancellationToken));

        Assert.Contains("Somebody else has the endpoint", Assert.Single(Lines(_error)), StringComparison.Ordinal);
        Assert.Equal(0, certificates.Passes);
    }

    [Theory]
    [InlineData()]
    [InlineData("acme", "reconcile")]
    public async Task A_wrong_configuration_is_a_message_and_exit_code_1(params string[] args)
    {
        var exit = await AcmeCommandLine.RunAsync(
            args, _ => throw new OptionsValidationException("", typeof(AcmeOptions), ["Acme:Provider: nobody"]), _output, _error, null, TestContext.Current.CancellationToken);

        Assert.Equal(1, exit);
        Assert.Equal(["Acme:Provider: nobody"], Lines(_error));
    }

    [Theory]
    [InlineData("acme")]
    [InlineData("acme", "recnocile")]
    [InlineData("acme", "reconcile", "--nonsense")]
    public async Task A_mistyped_verb_is_exit_code_2_and_nothing_is_built(params string[] args)
    {
        var built = false;

        Assert.Equal(2, await AcmeCommandLine.RunAsync(
            args,
            _ =>
            {
                built = true;
                return Build(new FakeCertificates(new AcmeReconcileResult()));
            },
            _output,
            _error,
            null,
            TestContext.Current.CancellationToken));

        Assert.False(built);
    }

    [Fact]
    public void A_reason_from_outside_cannot_write_a_line_of_its_own() =>
        Assert.Single(AcmeStatusLine.Of(new("blog.test", ["blog.test"], "pebble", AcmeCertificateState.Failing) { Reason = "no\nblog.test: served" }).Split('\n'));

    [Fact]
    public void A_profile_that_was_not_granted_is_told() =>
        Assert.Contains("without the profile shortlived", AcmeStatusLine.Of(new("blog.test", ["blog.test"], "pebble", AcmeCertificateState.Failing) { DroppedProfile = "shortlived" }), StringComparison.Ordinal);

    private Task<int> ReconcileAsync(AcmeReconcileResult result) =>
        AcmeCommandLine.RunAsync(["acme", "reconcile"], _ => Build(new FakeCertificates(result)), _output, _error, null, TestContext.Current.CancellationToken);

    private static WebApplication Build(FakeCertificates certificates, string url = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url);
        builder.Services.AddSingleton<IAcmeCertificates>(services =>
        {
            certificates.Server = services.GetRequiredService<IServer>();
            return certificates;
        });
        builder.Services.AddSingleton<IAcmeState>(new NoServer());
        builder.Services.AddSingleton<IAcmeStores>(new NoStores());
        builder.Services.AddSingleton<IAcmeAccounts>(new NoAccounts());
        builder.Services.AddSingleton<IAcmeHooks>(new NoHooks());
        return builder.Build();
    }

    private static List<string> Lines(StringWriter writer) => [.. writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r'))];

    private sealed class NoStores : IAcmeStores
    {
        public IReadOnlyList<string> Types => [];

        public string Directory => Path.Combine(Path.GetTempPath(), "there is none");

        public Task<AcmeStoreCopyResult> CopyAsync(AcmeStoreCopyRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    private sealed class NoServer : IAcmeState
    {
        public string? Directory => null;

        public bool Exists => true;

        public bool IsElsewhere => false;

        public string? RemoteVolume => null;

        public string? FleetingVolume => null;

        public Task<IAcmeServer?> FindServerAsync(CancellationToken cancellationToken = default) => Task.FromResult<IAcmeServer?>(null);

        public Task<IReadOnlyList<AcmePlannedCertificate>> PlanAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<IReadOnlyList<AcmeImportResult>> PlanImportsAsync(IReadOnlyList<AcmeCertificateImport> certificates, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<IReadOnlyList<AcmeRequestStatus>> ListRequestsAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public string? FindProvider(string directory) => throw new NotSupportedException();

        public AcmeDesiredFile Want(AcmeCertificateRequest request) => throw new NotSupportedException();

        public AcmeDesiredFile Unwant(string label) => throw new NotSupportedException();

        public void WorkOnRequest()
        {
        }
    }

    private sealed class NoAccounts : IAcmeAccounts
    {
        public Task<IReadOnlyList<AcmeAccountStatus>> ListAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeAccountStatus> ChangeKeyAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeAccountStatus?> FindAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeKestrel.Protocol.AcmeDirectory> ReadDirectoryAsync(string? provider = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeAccountStatus> RegisterAsync(bool acceptTermsOfService = false, string? provider = null, string? email = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeAccountStatus> RecoverAsync(string? key = null, string? provider = null, string? email = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeAccountStatus> ChangeEmailAsync(string newEmail, string? provider = null, string? email = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeAccountStatus> ExportAsync(string path, string? provider = null, string? email = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeAccountStatus> DeactivateAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    private sealed class NoHooks : IAcmeHooks
    {
        public IReadOnlyList<AcmeHookStatus> List() => [];

        public Task<AcmeHookTestResult?> TestAsync(string name, AcmeHookEvent? happened = null, string? label = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    private sealed class FakeCertificates(AcmeReconcileResult result) : IAcmeCertificates
    {
        public ValueTask<AcmeCertificateStatus?> GetAsync(string label, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeCertificateStatus> EnsureAsync(AcmeCertificateRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<bool> ForgetAsync(string label, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeCertificateStatus?> RenewAsync(string label, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeCertificateStatus?> RetryAsync(string label, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeCertificateStatus?> HoldAsync(string label, string? reason = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeCertificateStatus?> ReleaseAsync(string label, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeRevocationResult?> RevokeAsync(string label, AcmeRevocationReason reason, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeRollBackResult?> RollBackAsync(string label, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public async IAsyncEnumerable<AcmeStatusChange> WatchAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            yield break;
        }

        public Task<AcmeDryRunResult?> DryRunAsync(string label, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeHttpTestResult> TestHttpAsync(string name, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<AcmeImportResult> ImportAsync(AcmeCertificateImport certificate, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public IServer? Server { get; set; }

        public bool WasListening { get; private set; }

        public int Passes { get; private set; }

        public IReadOnlyList<AcmeCertificateStatus> List() => result.Current;

        public Task<IReadOnlyList<AcmeCertificateStatus>> WaitUntilSettledAsync(CancellationToken cancellationToken = default) => Task.FromResult(List());

        public Task<AcmeReconcileResult> ReconcileAsync(CancellationToken cancellationToken = default)
        {
            Passes++;
            WasListening = Server?.Features.Get<IServerAddressesFeature>()?.Addresses.Single() is { } address && !address.EndsWith(":0", StringComparison.Ordinal);
            return Task.FromResult(result);
        }
    }
}
