using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What tests about accounts share: the embedded CA, which keeps accounts as RFC 8555 wants it, and a state that outlives the "processes".</summary>
internal sealed class AccountEdge : IAsyncDisposable
{
    public const string Email = "ops@example.test";

    public AccountEdge(Action<LocalCaServerOptions>? configure = null)
    {
        Store = new TestStore(Time);
        configure?.Invoke(Options);
        Options.TimeProvider = Time;
        Options.Interceptor = (request, next, _) =>
        {
            Requests.Add(request.Resource);
            return ValueTask.FromResult(Answer(request, next));
        };
        Ca = new LocalCaServer(Options);
        Settings.DirectoryUrl = Ca.DirectoryUrl;
    }

    public WaitedTime Time { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    public LocalCaServerOptions Options { get; } = new();

    public LocalCaServer Ca { get; }

    public TestStore Store { get; }

    public TestSettings Settings { get; } = new();

    /// <summary>Resources that were asked for, in order.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>The CA, or what stands before it.</summary>
    public Func<LocalCaRequest, Func<LocalCaRequest, LocalCaReply>, LocalCaReply> Answer { get; set; } = (request, next) => next(request);

    /// <summary>What stands between each process and the CA.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler> Wire { get; set; } = ca => ca;

    public ILoggerProvider? Log { get; set; }

    public AccountRecord Record => AccountRecord.Read(Assert.Single(Store.All(RecordKind.Account)));

    /// <summary>One "process".</summary>
    public Task<Edge> StartAsync(params Wish[] wishes) => StartAsync(null, wishes);

    public Task<Edge> StartAsync(Death? death, params Wish[] wishes) => Edge.StartAsync(
        Time, new TestCa(Time), Settings, death is null ? Store : new Death.Store(Store, death), wishes, () => Wire(death is null ? Ca.CreateHandler() : new Death.Transport(Ca.CreateHandler(), death)), Log, also: Also);

    /// <summary>What the processes have besides.</summary>
    public Action<IServiceCollection>? Also { get; set; }

    /// <summary>A state with an account and a certificate for <c>shop.test</c>.</summary>
    public async Task SeedAsync()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Requests.Clear();
    }

    /// <summary>A process that died between newOrder's answer and its record.</summary>
    public async Task KillAfterOrderAsync(string label, string[] names)
    {
        var death = new Death(int.MaxValue);
        Answer = (request, next) =>
        {
            var reply = next(request);
            if (request.Resource == "new-order") death.Come();
            return reply;
        };
        await using (var dying = await StartAsync(death, Wishes.Of(label, names))) await dying.SettleAsync(label);
        Assert.True(death.HasCome);
        Answer = (request, next) => next(request);
        Requests.Clear();
    }

    /// <summary>The account that a key opens, or null.</summary>
    public async Task<string?> OpenAsync(AcmeAccountKey key)
    {
        using var client = new AcmeClient(new AcmeClientOptions { DirectoryUrl = Ca.DirectoryUrl, Handler = Ca.CreateHandler(), TimeProvider = Time });
        try
        {
            return (await AcmeAccount.RecoverAsync(client, key, CancellationToken.None)).Url;
        }
        catch (AcmeException unknown) when (unknown.Fault is AcmeFault.AccountUnknown)
        {
            return null;
        }
    }

    /// <summary>Waits for work that waits for the clock.</summary>
    public Task<T> PassTimeAsync<T>(Task<T> work) => Time.PassUntilAsync(work, TestContext.Current.CancellationToken);

    /// <summary>No validation ends before this is set.</summary>
    public TaskCompletionSource HoldValidations()
    {
        var validated = new TaskCompletionSource();
        Options.Validator = async (_, _) =>
        {
            await validated.Task;
            return null;
        };
        return validated;
    }

    public static LocalCaReply Problem(int status, string type, string detail, params (string Name, string Value)[] headers) => new(
        status,
        [.. headers.Select(header => new KeyValuePair<string, string>(header.Name, header.Value))],
        "application/problem+json",
        System.Text.Encoding.UTF8.GetBytes($$"""{"type":"urn:ietf:params:acme:error:{{type}}","detail":"{{detail}}","status":{{status}}}"""));

    public ValueTask DisposeAsync() => Ca.DisposeAsync();
}
