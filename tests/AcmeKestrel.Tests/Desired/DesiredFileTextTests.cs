using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Desired.Files;
using CsCheck;

namespace AcmeKestrel.Tests.Desired;

/// <summary>What is written for a wish is read as that wish.</summary>
public sealed class DesiredFileTextTests
{
    /// <summary>Whoever reads it drops the space around it.</summary>
    private static readonly Gen<string> Text = Gen.String[Gen.Char["abc \"\\'#=[]{}é√"], 1, 12].Select(text => $"a{text}z");

    [Fact]
    public void Whatever_is_said_is_read_as_it_was_said() =>
        Gen.Select(Text.Null(), Text.Null(), Gen.Enum<AcmeKeyType>().Nullable(), Gen.Bool.Nullable()).Sample((provider, chain, keyType, flag) =>
        {
            var request = new AcmeCertificateRequest("shop.test") { Provider = provider, PreferredChain = chain, KeyType = keyType, ReuseKey = flag, RequireProfile = flag, IncludeBareDomain = flag, Challenges = ["http-01"] };

            var text = DesiredFileText.Toml(request, [AcmeIdentifier.Parse("shop.test"), AcmeIdentifier.Parse("*.shop.test")]);

            var read = new DesiredFile().Parse("shop.test.toml", Encoding.UTF8.GetBytes(text), askedAt: null);
            Assert.Empty(read.Problems);
            var wish = Assert.Single(read.Certificates);
            Assert.Equal((provider, chain, keyType, flag, flag, flag), (wish.Provider, wish.PreferredChain, wish.KeyType, wish.ReuseKey, wish.RequireProfile, wish.IncludeBareDomain));
            Assert.Equal(["shop.test", "*.shop.test"], wish.Names);
        });
}
