using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A shop with a certificate of the embedded CA that is to be revoked, and what became of it there.</summary>
public abstract class RevocationScene : IAsyncDisposable
{
    internal const string Shop = "shop.test";

    internal AccountEdge World { get; } = new();

    internal int Revocations => World.Requests.Count(request => request == "revoke-cert");

    internal IReadOnlyList<Generation> Stored => StoredIn(World);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The oldest first.</summary>
    internal static IReadOnlyList<Generation> StoredIn(AccountEdge world) =>
        [.. world.Store.All(RecordKind.Certificate).Select(GenerationRecord.Read).OrderBy(generation => generation.Id, StringComparer.Ordinal)];

    internal static async Task<AcmeRevocationResult?> RevokeAsync(Edge edge, AcmeRevocationReason reason)
    {
        var revocation = edge.Get<IAcmeCertificates>().RevokeAsync(Shop, reason, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        return await revocation.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    internal static async Task RenewAsync(Edge edge)
    {
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(AcmeCertificateState.Served, (await renewal.WaitAsync(TimeSpan.FromSeconds(30), Token))!.State);
    }

    internal void Watch(string resource, Action seen) => World.Answer = (request, next) =>
    {
        if (request.Resource == resource) seen();
        return next(request);
    };

    /// <param name="which">The first request to revoke is 1.</param>
    internal void Refuse(Func<int, bool> which) =>
        World.Answer = (request, next) => request.Resource == "revoke-cert" && which(Revocations) ? AccountEdge.Problem(400, "malformed", "what?") : next(request);

    internal LocalCaCertificateStatus StatusOf(Generation generation) => StatusOf(World, generation);

    internal static LocalCaCertificateStatus StatusOf(AccountEdge world, Generation generation)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
        return world.Ca.StatusOf(leaf.SerialNumber)!;
    }

    internal static bool HaveOneKey(Generation one, Generation other) => one.PrivateKeyPkcs8.Span.SequenceEqual(other.PrivateKeyPkcs8.Span);
}
