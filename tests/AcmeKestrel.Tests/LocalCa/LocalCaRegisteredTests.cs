using AcmeKestrel.LocalCa;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>The embedded CA and a client that has an account there.</summary>
public abstract class LocalCaRegisteredTests : IAsyncLifetime
{
    private protected LocalCaServerOptions Options { get; } = new();

    private protected LocalCaServer Ca { get; private set; } = null!;

    private protected TinyAcmeClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Ca = new LocalCaServer(Options);
        Client = new TinyAcmeClient(Ca.CreateHandler(), Ca.DirectoryUrl);
        Assert.Equal(201, (await Client.RegisterAsync()).Status);
    }

    public virtual async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Ca.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
