using System.Collections.Concurrent;
using AcmeKestrel.CommandLine;
using AcmeKestrel.Certificates;
using AcmeKestrel.LocalCa;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>An application with its verbs on a state directory of the test's own, and a CA in memory. A server is one more application on the same state.</summary>
public abstract class CommandScene : IAsyncDisposable
{
    private protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly List<WebApplication> _servers = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("acme-");

    private protected CommandScene()
    {
        Behaviour.Interceptor = (request, next, _) =>
        {
            Requests.Enqueue(request.Resource);
            return ValueTask.FromResult(next(request));
        };
        Ca = new LocalCaServer(Behaviour);
        StagingBehaviour.Interceptor = (request, next, _) =>
        {
            StagingRequests.Enqueue(request.Resource);
            return ValueTask.FromResult(next(request));
        };
        Staging = new LocalCaServer(StagingBehaviour);
    }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected virtual string State => Path.Combine(_folder.FullName, "state");

    private protected LocalCaServerOptions Behaviour { get; } = new() { RetryAfter = TimeSpan.Zero };

    private protected LocalCaServer Ca { get; }

    /// <summary>Where <see cref="Ca"/>'s provider may be tried.</summary>
    private protected LocalCaServer Staging { get; }

    private protected LocalCaServerOptions StagingBehaviour { get; } = new() { DirectoryUrl = "https://staging.test/directory", RetryAfter = TimeSpan.Zero };

    private protected ConcurrentQueue<string> StagingRequests { get; } = [];

    /// <summary>Resources that the CA was asked for, in order.</summary>
    private protected ConcurrentQueue<string> Requests { get; } = [];

    private protected int Orders => Requests.Count(resource => resource == "new-order");

    /// <summary>What the application has besides.</summary>
    private protected Action<IServiceCollection> Also { get; set; } = _ => { };

    /// <summary>The configuration of every application that is built from now on.</summary>
    private protected Dictionary<string, string?> Settings { get; } = new()
    {
        ["Acme:Provider"] = "test",
        ["Acme:Providers:test:Directory"] = "https://ca.test/directory",
        ["Acme:AcceptTermsOfService"] = "true",
        ["Acme:Email"] = "ops@example.com",
        ["Acme:Preflight"] = "false",
        ["Kestrel:Endpoints:Https:Url"] = "https://127.0.0.1:0",
    };

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.StopAsync(Deadline);
            await server.DisposeAsync();
        }

        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>What a verb said.</summary>
    internal sealed record Said(int Exit, IReadOnlyList<string> Output, IReadOnlyList<string> Error)
    {
        public string Text => string.Join('\n', Output);

        public string Errors => string.Join('\n', Error);
    }

    /// <summary>What commands have said on standard error so far, while they are at work.</summary>
    private protected ConcurrentQueue<string> Heard { get; } = [];

    /// <summary>The CA does not reach this name.</summary>
    private protected void Refuse(string name, string why) =>
        Behaviour.Validator = (probe, _) => ValueTask.FromResult(probe.Identifier == name ? new ChallengeProblem("connection", why) : null);

    /// <param name="words">What comes after <c>acme</c>.</param>
    private protected Task<Said> AcmeAsync(params string[] words) => AnsweredAsync(null, words);

    /// <param name="answer">What the person at the terminal says.</param>
    private protected async Task<Said> AnsweredAsync(string? answer, params string[] words)
    {
        var (output, error) = (new StringWriter(), new HeardWriter(Heard));
        var exit = await AcmeCommandLine.RunAsync(["acme", .. words], _ => Build(), output, error, answer is null ? TextReader.Null : new StringReader(answer), Token).WaitAsync(Deadline, Token);
        var said = new Said(exit, Lines(output), Lines(error));
        if (words.Contains("--json") && said.Output.Count > 0) PrintedAnswer.Check(words, said.Text);
        return said;
    }

    /// <summary>A running application, as <c>app</c> without a verb is.</summary>
    private protected async Task<WebApplication> ServeAsync()
    {
        var server = Build();
        _servers.Add(server);
        await server.StartAsync(Token);

        // Commands may come from the first moment on, and then go through the state; here they are to find the server. In an engine it has no socket.
        var state = server.Services.GetRequiredService<IAcmeState>();
        while (state.Directory is not null && await state.FindServerAsync(Token) is null) await Task.Yield();
        return server;
    }

    private protected async Task StopAsync(WebApplication server)
    {
        _servers.Remove(server);
        await server.StopAsync(Token);
        await server.DisposeAsync();
    }

    private protected static IAcmeCertificates Certificates(WebApplication server) => server.Services.GetRequiredService<IAcmeCertificates>();

    private WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "app" });
        builder.Configuration.AddInMemoryCollection(Settings);
        builder.Configuration["Acme:StateDirectory"] = State;
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel((context, kestrel) => kestrel.Configure(context.Configuration.GetSection("Kestrel")));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<Func<Provider, HttpMessageHandler?>>(provider => provider.Name == "trial" ? Staging.CreateHandler() : Ca.CreateHandler());
        builder.Services.AddAcme();
        Also(builder.Services);
        var app = builder.Build();
        app.Run(_ => Task.CompletedTask);
        return app;
    }

    private static List<string> Lines(StringWriter writer) => [.. writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r'))];

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>A step that is over at once may be told by nobody: who needs its line holds it up until it is here.</summary>
    private sealed class HeardWriter(ConcurrentQueue<string> heard) : StringWriter
    {
        public override Task WriteLineAsync(string? value)
        {
            heard.Enqueue(value ?? "");
            return base.WriteLineAsync(value);
        }
    }
}
