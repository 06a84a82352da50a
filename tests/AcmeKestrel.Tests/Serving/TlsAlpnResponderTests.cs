using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Tests.Hostile;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Serving;

/// <summary>The end of a probe's connection, which comes as it pleases the CA.</summary>
public sealed class TlsAlpnResponderTests : IAsyncDisposable
{
    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly RecordedLog _log = new();
    private readonly ServiceProvider _services;

    public TlsAlpnResponderTests()
    {
        var services = new ServiceCollection().AddLogging(logging => logging.AddProvider(_log));
        TestEdge.AddTo(services);
        _services = services.BuildServiceProvider();
        _services.GetRequiredService<LiveAnswers>().Publish(Probes.Pending("shop.test"));
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _closed.Dispose();
        _log.Dispose();
    }

    /// <summary>Kestrel tells of the end of a connection when it has come, and what came before it may not be read yet.</summary>
    [Fact]
    public async Task A_ca_that_hangs_up_with_its_last_word_was_answered()
    {
        var answering = AnswerAsync();
        await using var tls = new SslStream(new HangingUp(new DuplexPipeStream(new Ends(_toClient.Reader, _toServer.Writer)), _closed));

        await tls.AuthenticateAsClientAsync(Hello(), TestContext.Current.CancellationToken);
        await _toServer.Writer.CompleteAsync();
        await answering;

        Assert.Contains(_log.Lines, line => line.StartsWith("451 ", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Lines, line => line.StartsWith("453 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_ca_that_hangs_up_before_it_is_told_of()
    {
        var answering = AnswerAsync();

        await _toServer.Writer.CompleteAsync();
        await answering;

        Assert.Contains(_log.Lines, line => line.StartsWith("453 ", StringComparison.Ordinal));
    }

    /// <summary>A probe for an address comes with its reverse name: that it was missing a moment ago counts for strangers' names only.</summary>
    [Fact]
    public async Task A_probe_for_an_address_that_is_wished_here_is_no_strangers()
    {
        var elsewhere = new Elsewhere();
        var services = new ServiceCollection().AddSingleton<IStoredAnswers>(elsewhere);
        TestEdge.AddTo(services);
        await using var provider = services.BuildServiceProvider();
        provider.GetRequiredService<CertificateTable>().ChangeWishes([new WishChange("192.0.2.7", null, Wishes.Of("192.0.2.7"))]);
        provider.GetRequiredService<CertificateTable>().ChangeWishes([new WishChange("2001:db8::7", null, Wishes.Of("2001:db8::7"))]);

        foreach (var (address, questions) in new[] { ("192.0.2.7", 2), ("2001:db8::7", 2), ("192.0.2.8", 1) })
        {
            elsewhere.Asked.Clear();
            await provider.GetRequiredService<TlsAlpnResponder>().AnswerAsync(new DefaultConnectionContext("1"), ReverseName.Of(IPAddress.Parse(address)));

            // One of ours is asked for once more: a question that was under way before came for nobody.
            Assert.Equal(questions, elsewhere.Asked.Count);
        }
    }

    /// <summary>Anybody can break off as many as he likes.</summary>
    [Fact]
    public async Task Probes_that_break_off_are_told_of_once_a_minute()
    {
        for (var i = 0; i < 3; i++) await _services.GetRequiredService<TlsAlpnResponder>().AnswerAsync(new DefaultConnectionContext("1") { Transport = new Ends(Ended(), new Pipe().Writer) }, "shop.test");

        Assert.Single(_log.Lines, line => line.StartsWith("453 ", StringComparison.Ordinal));
    }

    private static PipeReader Ended()
    {
        var pipe = new Pipe();
        pipe.Writer.Complete();
        return pipe.Reader;
    }

    private Task AnswerAsync()
    {
        var connection = new DefaultConnectionContext("1") { Transport = new Ends(_toServer.Reader, _toClient.Writer), ConnectionClosed = _closed.Token };
        return _services.GetRequiredService<TlsAlpnResponder>().AnswerAsync(connection, "shop.test");
    }

    private static SslClientAuthenticationOptions Hello() => new()
    {
        TargetHost = "shop.test",
        ApplicationProtocols = [new SslApplicationProtocol("acme-tls/1")],
        RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
    };

    private sealed class Elsewhere : IStoredAnswers
    {
        public List<string> Asked { get; } = [];

        public bool AreElsewhere => true;

        public ValueTask<ChallengeAnswer?> FindHttp01Async(string token, CancellationToken cancellationToken) => default;

        public ValueTask<ChallengeAnswer?> FindTlsAlpn01Async(string serverName, CancellationToken cancellationToken)
        {
            Asked.Add(serverName);
            return default;
        }
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>The connection is closed when the second flight has been sent, before it is read.</summary>
    private sealed class HangingUp(Stream inner, CancellationTokenSource closed) : Stream
    {
        private int _flights;

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (++_flights == 2) await closed.CancelAsync();
            await inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
