using AcmeKestrel.Certificates;
using AcmeKestrel.Serving;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Serving;

public sealed class CertificateMissTests
{
    private static readonly TestCa Ca = new();

    private readonly FakeTimeProvider _time = new();
    private readonly CertificateTable _table = new(NullLogger<CertificateTable>.Instance);
    private readonly FakeHandler _handler = new();

    [Fact]
    public async Task A_handshake_waits_for_the_certificate_that_the_handler_gets()
    {
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.Services.AddSingleton<ICertificateMissHandler>(_handler);
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        });
        _handler.Answer = name =>
        {
            if (name != "late.test") return false;

            edge.Table.Publish(Ca.Issue(name));
            return true;
        };

        Assert.True((await TlsClient.VisitAsync(edge.Https, "late.test", Ca)).IsTrusted);
        Assert.Equal("fallback.invalid", (await TlsClient.VisitAsync(edge.Https, "never.test")).Name);
        await TlsClient.VisitAsync(edge.Https, "late.test");

        Assert.Equal(["late.test", "never.test"], _handler.Asked);
    }

    [Fact]
    public async Task Questions_for_one_name_are_one_and_names_asked_for_at_once_are_few()
    {
        _handler.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var misses = Create(new ServingLimits { MaxMisses = 3 });
        var same = Enumerable.Range(0, 10).Select(_ => misses.FindAsync(Hello("same.test")).AsTask()).ToList();
        var many = Enumerable.Range(0, 10).Select(i => misses.FindAsync(Hello($"many-{i}.test")).AsTask()).ToList();
        await Eventually.TrueAsync(() => _handler.Asked.Count == 3);

        Assert.Equal(8, many.Count(task => task.IsCompletedSuccessfully));
        _handler.Gate.SetResult();
        await Task.WhenAll([.. same, .. many]);

        Assert.Equal(3, _handler.Asked.Count);
    }

    [Fact]
    public async Task A_handler_that_never_answers_or_fails_costs_the_deadline_and_no_more()
    {
        _handler.Gate = new TaskCompletionSource();
        var misses = Create(new ServingLimits());
        var stuck = misses.FindAsync(Hello("slow.test")).AsTask();
        await Eventually.TrueAsync(() => _handler.Asked.Count == 1);
        _time.Advance(new ServingLimits().MissDeadline);
        Assert.Null(await stuck);

        _handler.Gate.SetException(new IOException("The store is gone."));
        Assert.Null(await misses.FindAsync(Hello("broken.test")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("-")]
    [InlineData("a..b")]
    public async Task What_no_ca_could_certify_is_not_asked_for(string? name)
    {
        Assert.Null(await Create(new ServingLimits()).FindAsync(Hello(name)));
        Assert.Empty(_handler.Asked);
    }

    private CertificateMisses Create(ServingLimits limits) => new(_table, limits, _time, NullLogger<CertificateMisses>.Instance, _handler);

    private static ClientHello Hello(string? name) => new(name, IsAcmeTlsAlpn: false, AcceptsEcdsa: true);

    private sealed class FakeHandler : ICertificateMissHandler
    {
        private readonly List<string> _asked = [];

        public Func<string, bool> Answer { get; set; } = _ => false;

        public TaskCompletionSource? Gate { get; set; }

        public IReadOnlyList<string> Asked
        {
            get
            {
                lock (_asked) return [.. _asked];
            }
        }

        public async ValueTask<bool> OnMissAsync(string serverName, CancellationToken cancellationToken)
        {
            lock (_asked) _asked.Add(serverName);
            if (Gate is not null) await Gate.Task;
            return Answer(serverName);
        }
    }
}
