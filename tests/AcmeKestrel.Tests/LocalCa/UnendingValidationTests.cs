using AcmeKestrel.LocalCa;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>A validator is a test's own code, and a test that fails leaves it waiting.</summary>
public sealed class UnendingValidationTests
{
    [Fact]
    public async Task The_CA_ends_while_a_validator_waits_for_what_never_comes()
    {
        var never = new TaskCompletionSource();
        var ca = new LocalCaServer(new LocalCaServerOptions
        {
            Validator = async (_, _) =>
            {
                await never.Task;
                return null;
            },
        });
        using var client = new TinyAcmeClient(ca.CreateHandler(), ca.DirectoryUrl);
        await client.RegisterAsync();
        var order = await client.OrderAsync("shop.test");
        var authorization = await client.ReadAsync((string)order.Json["authorizations"]![0]!);
        Assert.Equal(200, (await client.PostAsync((string)authorization.Json["challenges"]![0]!["url"]!, "{}")).Status);

        await ca.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }
}
