using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>What stands in front of an edge at the port where a CA validates http-01.</summary>
internal sealed class FrontServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FrontServer(WebApplication app) => _app = app;

    public int Port { get; } = FreePort.Next();

    public static async Task<FrontServer> StartAsync(RequestDelegate answer, CancellationToken cancellationToken)
    {
        // An empty builder takes nothing from anybody's configuration.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        var app = builder.Build();
        app.Run(answer);
        var front = new FrontServer(app);
        app.Urls.Add($"http://127.0.0.1:{front.Port}");
        await app.StartAsync(cancellationToken);
        return front;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
