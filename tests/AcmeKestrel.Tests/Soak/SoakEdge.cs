using System.Net;
using System.Runtime.InteropServices;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Tests.Hostile;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Soak;

/// <summary>A server with <c>AddAcme()</c> and nothing to order, whose application says one byte and waits until its client has gone. What its connections had of TLS is counted.</summary>
internal sealed class SoakEdge : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly WebApplication _app;
    private readonly RecordedLog _log = new();

    public SoakEdge(SoakState state, SoakSize size)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });
        builder.Logging.ClearProviders().AddProvider(_log).AddFilter((category, level) => category?.StartsWith(nameof(AcmeKestrel), StringComparison.Ordinal) is true && level >= LogLevel.Warning);
        builder.Configuration["Acme:StateDirectory"] = state.Path;
        builder.Configuration["Acme:Serving:MaxLoaded"] = $"{size.MaxLoaded}";
        builder.Configuration["Acme:Serving:HotNames"] = $"{size.HotNames}";
        builder.Services.AddAcme();
        if (size.IsPatient) builder.Services.AddSingleton(new ServingLimits { HelloDeadline = Patience, LoadDeadline = Patience, MissDeadline = Patience });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            Listening = endpoint;
            endpoint.UseHttps(https => https.HandshakeTimeout = size.IsPatient ? Patience : https.HandshakeTimeout);
            endpoint.Run(ServeAsync);
        }));
        _app = builder.Build();
    }

    public IPEndPoint EndPoint => Listening!.IPEndPoint!;

    /// <summary>What of the library's has the memory of a leaf and its key.</summary>
    public OpenContexts<LoadedCertificate> Certificates { get; } = new(certificate => certificate.IsGone);

    /// <summary>The platform's <c>SSL_CTX</c>.</summary>
    public OpenContexts<SafeHandle> Sessions { get; } = new(context => context.IsClosed);

    public int Hot => Get<HotSet>().Count;

    /// <summary>What takes a place among the loaded ones.</summary>
    public int Places => Get<LoadedCertificates>().Count;

    /// <summary>Warnings and worse of the library's: a server says more of a machine that is slow.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_log.Lines) return [.. _log.Lines];
        }
    }

    private ListenOptions? Listening { get; set; }

    public Task StartAsync(CancellationToken cancellationToken) => _app.StartAsync(cancellationToken);

    /// <summary>What a handshake that comes now would get without waiting, for any of the names.</summary>
    public IReadOnlySet<LoadedCertificate> Ready(IEnumerable<Succession> names)
    {
        var table = Get<CertificateTable>();
        var ready = new HashSet<LoadedCertificate>();
        foreach (var name in names)
        {
            if (table.Find(name.Name, KeyFamily.All)?.TryUse() is not { } loaded) continue;

            ready.Add(loaded);
            loaded.Release();
        }

        return ready;
    }

    /// <summary>A newer certificate for the name, in the state and served.</summary>
    /// <param name="isForeign">Another process stored it, and only its facts are known here.</param>
    public async Task SwapAsync(Succession name, bool isForeign, CancellationToken cancellationToken)
    {
        var (entry, session, previous) = (Get<Labels>().Of(name.Name), Get<StateLease>().Session!, name.Last);
        var generation = name.Issue();
        var facts = GenerationRecord.FactsOf(generation);
        if (isForeign)
        {
            await session.WriteAsync(GenerationRecord.Key(generation.Label, generation.Id), GenerationRecord.Write(generation), cancellationToken);
            Get<CertificateTable>().Publish(facts);
        }
        else
        {
            await Get<GenerationVault>().CommitAsync(session, generation, previous, cancellationToken);
        }

        name.Published();
        entry.Certificate = facts;
        await Get<GenerationVault>().TidyAsync(session, generation.Label, generation.Id, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _log.Dispose();
    }

    private T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    private async Task ServeAsync(ConnectionContext connection)
    {
        if (connection.Features.Get<TakenCertificate>()?.Certificate is { } certificate) Certificates.See(certificate);
        if (connection.Features.Get<ISslStreamFeature>() is { } tls && SessionContexts.Of(tls.SslStream) is { } context) Sessions.See(context);
        await connection.Transport.Output.WriteAsync("k"u8.ToArray());
        await connection.Transport.Input.ReadAsync();
    }
}
