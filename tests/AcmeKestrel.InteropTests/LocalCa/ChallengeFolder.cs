using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace AcmeKestrel.InteropTests.LocalCa;

/// <summary>The web server beside a client that only writes its answers into files: a token's path shows the file of that name.</summary>
internal sealed class ChallengeFolder : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ChallengeFolder(string path, int port)
    {
        Path = Directory.CreateDirectory(path).FullName;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        _app = builder.Build();
        _app.Run(context =>
        {
            var file = System.IO.Path.Combine(Path, System.IO.Path.GetFileName(context.Request.Path.Value!));
            if (context.Request.Path.StartsWithSegments("/.well-known/acme-challenge", StringComparison.Ordinal) && File.Exists(file)) return context.Response.SendFileAsync(file, context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    public string Path { get; }

    public static async Task<ChallengeFolder> ServeAsync(string path, int port, CancellationToken cancellationToken)
    {
        var folder = new ChallengeFolder(path, port);
        await folder._app.StartAsync(cancellationToken);
        return folder;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
