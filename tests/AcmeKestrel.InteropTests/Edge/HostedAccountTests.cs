using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Tests;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>An account's key and its end in a running app: the worker, Kestrel, the state directory and the CA are the real ones.</summary>
public sealed class HostedAccountTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_app_changes_its_accounts_key_orders_with_the_new_one_and_closes_the_account()
    {
        var requests = new ConcurrentQueue<(string Resource, int Status)>();
        await using var shop = new ShopFactory
        {
            Misbehave = ca => ca.Interceptor = (request, next, _) =>
            {
                var reply = next(request);
                requests.Enqueue((request.Resource, reply.Status));
                return ValueTask.FromResult(reply);
            },
        };
        shop.StartServer();
        var (certificates, accounts) = (shop.Services.GetRequiredService<IAcmeCertificates>(), shop.Services.GetRequiredService<IAcmeAccounts>());
        await certificates.WaitUntilSettledAsync(Stop);
        var before = Assert.Single(await accounts.ListAsync(Stop));

        var changed = await accounts.ChangeKeyAsync(cancellationToken: Stop);
        Wish(shop, "next.test");
        await StatusAsync(certificates, "next.test", AcmeCertificateState.Served);

        var after = Assert.Single(await accounts.ListAsync(Stop));
        Assert.Equivalent(changed, after, strict: true);
        Assert.Equal(before.AccountUrl, after.AccountUrl);
        Assert.NotEqual(before.Thumbprint, after.Thumbprint);
        var folder = Assert.Single(Directory.GetFiles(StateDirectory(shop), "privkey", SearchOption.AllDirectories), file => file.Contains("/accounts/", StringComparison.Ordinal));
        Assert.EndsWith($"{after.Thumbprint}/privkey", folder, StringComparison.Ordinal);
        Assert.Equal(1, requests.Count(request => request == ("key-change", 200)));
        Assert.Equal(1, requests.Count(request => request == ("new-account", 201)));

        await accounts.DeactivateAsync(cancellationToken: Stop);
        Wish(shop, "late.test");

        Assert.Contains("was closed here", (await StatusAsync(certificates, "late.test", AcmeCertificateState.Held)).Reason, StringComparison.Ordinal);
        Assert.True(Assert.Single(await accounts.ListAsync(Stop)).IsClosed);
        Assert.Equal(1, requests.Count(request => request == ("new-account", 201)));
        using var client = shop.NewClient();
        Assert.Equal("Hello from the shop", await client.GetStringAsync(new Uri("https://next.test/"), Stop));
    }

    private static void Wish(ShopFactory shop, string name) => File.WriteAllText(Path.Combine(StateDirectory(shop), "desired", name), "");

    private static string StateDirectory(ShopFactory shop) => shop.Services.GetRequiredService<IOptions<AcmeOptions>>().Value.StateDirectory!;

    private static Task<AcmeCertificateStatus> StatusAsync(IAcmeCertificates certificates, string label, AcmeCertificateState state) => Patience.UntilAsync(
        _ => Task.FromResult(certificates.List().FirstOrDefault(status => status.Label == label && status.State == state)),
        () => string.Join('\n', certificates.List()),
        Stop);
}
