using System.Collections.Immutable;
using AcmeKestrel.Certificates;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Pebble;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>A CA that registers nobody without an external account (RFC 8555 section 7.3.4).</summary>
public sealed class PebbleExternalAccountTests(SharedPebbles pebbles)
{
    private const string KeyId = "customer-7";

    private const string KeyIdOfShort = "customer-8";

    /// <summary>64 bytes, enough for each algorithm (RFC 7518 section 3.2), whose base64 and base64url differ, and whose base64 is padded.</summary>
    private const string MacKey = "-_-_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7_w";

    /// <summary>32 bytes.</summary>
    private const string ShortMacKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    private static readonly ImmutableDictionary<string, string> Accounts = ImmutableDictionary<string, string>.Empty.Add(KeyId, MacKey).Add(KeyIdOfShort, ShortMacKey);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task A_registration_without_one_needs_a_human(PebbleVersion version)
    {
        using var client = (await PebbleAsync(version)).NewClient();
        using var key = AcmeAccountKey.Create();

        var refused = await Assert.ThrowsAsync<AcmeException>(() => client.RegisterAsync(key, Ct));

        Assert.True((await client.GetDirectoryAsync(Ct)).ExternalAccountRequired);
        Assert.Equal(AcmeFault.HumanNeeded, refused.Fault);
        Assert.True(refused.Problem!.Is("externalAccountRequired"), refused.Message);
    }

    [Theory]
    [InlineData(PebbleVersion.Installed, AcmeMacAlgorithm.HS256)]
    [InlineData(PebbleVersion.Installed, AcmeMacAlgorithm.HS384)]
    [InlineData(PebbleVersion.Installed, AcmeMacAlgorithm.HS512)]
    [InlineData(PebbleVersion.Newest, AcmeMacAlgorithm.HS256)]
    [InlineData(PebbleVersion.Newest, AcmeMacAlgorithm.HS384)]
    [InlineData(PebbleVersion.Newest, AcmeMacAlgorithm.HS512)]
    public async Task Every_MAC_algorithm_binds_and_the_account_is_found_without_the_key_later(PebbleVersion version, AcmeMacAlgorithm algorithm)
    {
        using var client = (await PebbleAsync(version)).NewClient();
        using var key = AcmeAccountKey.Create();

        var account = await RegisterAsync(client, key, new AcmeExternalAccount { KeyId = KeyId, MacKey = MacKey, Algorithm = algorithm });

        Assert.Equal(AcmeStatus.Valid, (await account.GetAsync(Ct)).Status);
        Assert.Equal(account.Url, (await AcmeAccount.RecoverAsync(client, key, Ct)).Url);
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task The_key_may_be_written_in_base64_and_padded(PebbleVersion version)
    {
        using var client = (await PebbleAsync(version)).NewClient();
        using var key = AcmeAccountKey.Create();

        var account = await RegisterAsync(client, key, new AcmeExternalAccount { KeyId = KeyId, MacKey = MacKey.Replace('-', '+').Replace('_', '/') + "==" });

        Assert.Equal(AcmeStatus.Valid, (await account.GetAsync(Ct)).Status);
    }

    [Theory]
    [InlineData(PebbleVersion.Installed, KeyId, ShortMacKey)]
    [InlineData(PebbleVersion.Installed, "nobody", MacKey)]
    [InlineData(PebbleVersion.Newest, KeyId, ShortMacKey)]
    [InlineData(PebbleVersion.Newest, "nobody", MacKey)]
    public async Task A_wrong_key_and_a_wrong_key_id_need_a_human_and_the_message_hides_the_key(PebbleVersion version, string keyId, string macKey)
    {
        using var client = (await PebbleAsync(version)).NewClient();
        using var key = AcmeAccountKey.Create();

        var refused = await Assert.ThrowsAsync<AcmeException>(() => RegisterAsync(client, key, new AcmeExternalAccount { KeyId = keyId, MacKey = macKey }));

        Assert.Equal((AcmeFault.HumanNeeded, 403), (refused.Fault, refused.StatusCode));
        Assert.True(refused.Problem!.Is("unauthorized"), refused.Message);
        Assert.DoesNotContain(macKey, refused.ToString(), StringComparison.Ordinal);
        Assert.Equal(AcmeFault.AccountUnknown, (await Assert.ThrowsAsync<AcmeException>(() => AcmeAccount.RecoverAsync(client, key, Ct))).Fault);
    }

    /// <summary>The newest Pebble keeps to RFC 7518 section 3.2, the installed one does not; the words are no help to the operator, so the fault must be.</summary>
    [Theory]
    [InlineData(AcmeMacAlgorithm.HS384)]
    [InlineData(AcmeMacAlgorithm.HS512)]
    public async Task A_key_that_is_too_short_for_its_algorithm_needs_a_human(AcmeMacAlgorithm algorithm)
    {
        using var client = (await PebbleAsync(PebbleVersion.Newest)).NewClient();
        using var key = AcmeAccountKey.Create();

        var refused = await Assert.ThrowsAsync<AcmeException>(() => RegisterAsync(client, key, new AcmeExternalAccount { KeyId = KeyIdOfShort, MacKey = ShortMacKey, Algorithm = algorithm }));

        Assert.Equal(AcmeFault.HumanNeeded, refused.Fault);
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task The_edge_gets_its_certificate_with_the_configured_external_account(PebbleVersion version)
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(new PebbleSettings(version) { HttpPort = edge.HttpPort, TlsPort = edge.HttpsPort, ExternalAccounts = Accounts }, Ct);
        edge.Using(ca, "shop.test").Settings["Acme__Providers__pebble__EabKeyId"] = KeyId;
        edge.Settings["Acme__Providers__pebble__EabHmacKey"] = MacKey;

        edge.Start();
        var served = await edge.ServedAsync("shop.test", Ct);

        using var root = await ca.RootAsync(Ct);
        Assert.Equal(5, served.PathLengthTo(root));
        Assert.DoesNotContain(MacKey, edge.Process.Output, StringComparison.Ordinal);
    }

    private Task<PebbleServer> PebbleAsync(PebbleVersion version) => pebbles.GetAsync(new PebbleSettings(version) { ExternalAccounts = Accounts }, Ct);

    private static Task<AcmeAccount> RegisterAsync(AcmeClient client, AcmeAccountKey key, AcmeExternalAccount external) =>
        client.RegisterAsync(key, new AcmeRegistration { TermsOfServiceAgreed = true, ExternalAccount = external }, Ct);
}
