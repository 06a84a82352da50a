using AcmeKestrel.Protocol;
using AcmeKestrel.Tests.Protocol;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>The table of endpoints: every operation of a client.</summary>
internal static class Endpoints
{
    private static CancellationToken Ct => World.Ct;

    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("directory", "/directory", AnswerKind.Directory, world => Operation(() => world.Client.GetDirectoryAsync(Ct))),
        new("newNonce", "/new-nonce", AnswerKind.Nonce, async world =>
        {
            var account = await world.RegisterAsync();
            return async () => await account.GetAsync(Ct);
        }),
        new("newAccount", "/new-account", AnswerKind.Location, async world =>
        {
            await world.Client.GetDirectoryAsync(Ct);
            return async () => await world.RegisterAsync();
        }),
        new("newAccount, existing only", "/new-account", AnswerKind.Location, async world =>
        {
            await world.RegisterAsync();
            return async () => await AcmeAccount.RecoverAsync(world.Client, world.Key, Ct);
        }),
        OfAccount("account", "/account/*", AnswerKind.Json, account => account.GetAsync(Ct)),
        OfAccount("account's contacts", "/account/*", AnswerKind.Json, account => account.UpdateContactAsync(["mailto:ops@example.test"], Ct)),
        OfAccount("account's end", "/account/*", AnswerKind.Echo, account => Void(account.DeactivateAsync(Ct))),
        OfOrder("list of orders", "/orders/*", AnswerKind.Json, async (account, _) => await account.ListOrdersAsync(Ct).ToListAsync(Ct)),
        OfAccount("newOrder", "/new-order", AnswerKind.Json, World.OrderAsync),
        OfOrder("order", "/order/*", AnswerKind.Json, (account, order) => account.GetOrderAsync(order.Url, Ct)),
        OfOrder("authorization", "/authorization/*", AnswerKind.Json, (account, order) => account.GetAuthorizationAsync(order.Authorizations[0], Ct)),
        OfOrder("authorization's end", "/authorization/*", AnswerKind.Echo, (account, order) => Void(account.DeactivateAuthorizationAsync(order.Authorizations[0], Ct))),
        new("challenge", "/challenge/*", AnswerKind.Json, async world =>
        {
            var account = await world.RegisterAsync();
            var authorization = await account.GetAuthorizationAsync((await World.OrderAsync(account)).Authorizations[0], Ct);
            return async () => await account.AnswerAsync(authorization.Challenges[0].Url, Ct);
        }),
        new("finalize", "/finalize/*", AnswerKind.Json, async world =>
        {
            var account = await world.RegisterAsync();
            var order = await World.ReadyOrderAsync(account);
            return async () => await account.FinalizeAsync(order, world.SigningRequest(), Ct);
        }),
        OfCertificate("certificate", "/certificate/*", AnswerKind.Chain, (_, account, certificate) => Of(account.DownloadAsync(certificate.Url, Ct))),
        new("alternate certificate", "/certificate/*", AnswerKind.Chain, async world =>
        {
            var account = await world.RegisterAsync();
            var certificate = await world.IssueAsync(account);
            var alternate = Assert.Single((await account.DownloadAsync(certificate.Url, Ct)).Alternates);
            return async () => await account.DownloadAsync(alternate, Ct);
        }),
        OfCertificate("revokeCert by the account", "/revoke-cert", AnswerKind.Nothing, (_, account, certificate) => Void(account.RevokeAsync(certificate.Der, 1, Ct))),
        OfCertificate("revokeCert by the certificate's key", "/revoke-cert", AnswerKind.Nothing, (world, _, certificate) => Void(world.Client.RevokeAsync(certificate.Der, world.CertificateAccountKey, null, Ct))),
        OfCertificate("renewalInfo", "/renewal-info/*", AnswerKind.RenewalInfo, (world, _, certificate) => Of(world.Client.GetRenewalInfoAsync(AcmeRenewalInfo.IdOf(certificate.Der)!, Ct))),
        KeyChange(),
    ];

    public static Endpoint Named(string name) => All.Single(endpoint => endpoint.Name == name);

    private static Endpoint OfAccount<T>(string name, string path, AnswerKind kind, Func<AcmeAccount, Task<T>> ask) => new(name, path, kind, async world =>
    {
        var account = await world.RegisterAsync();
        return async () => await ask(account);
    });

    private static Endpoint OfOrder<T>(string name, string path, AnswerKind kind, Func<AcmeAccount, AcmeOrder, Task<T>> ask) => new(name, path, kind, async world =>
    {
        var account = await world.RegisterAsync();
        var order = await World.OrderAsync(account);
        return async () => await ask(account, order);
    });

    private static Endpoint OfCertificate(string name, string path, AnswerKind kind, Func<World, AcmeAccount, (string Url, byte[] Der), Task<object?>> ask) => new(name, path, kind, async world =>
    {
        var account = await world.RegisterAsync();
        var certificate = await world.IssueAsync(account);
        return () => ask(world, account, certificate);
    });

    /// <summary>Against a CA of scripted answers.</summary>
    private static Endpoint KeyChange() => new("keyChange", "/key-change", AnswerKind.Echo, async world =>
    {
        var account = world.Client.OpenAccount(world.Key, ScriptedCa.AccountUrl);
        await world.Client.GetDirectoryAsync(Ct);
        return async () => await account.ChangeKeyAsync(AcmeAccountKey.Create(), Ct);
    })
    {
        Ca = () =>
        {
            var ca = new ScriptedCa();
            ca.Answers["/key-change"] = _ => ScriptedCa.Json("""{"status":"valid"}""");
            return ca;
        },
        DirectoryUrl = ScriptedCa.DirectoryUrl,
    };

    private static Task<Func<Task<object?>>> Operation<T>(Func<Task<T>> ask) => Task.FromResult<Func<Task<object?>>>(async () => await ask());

    private static async Task<object?> Of<T>(Task<T> asked) => await asked;

    private static async Task<object?> Void(Task asked)
    {
        await asked;
        return null;
    }
}
