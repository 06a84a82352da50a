using System.Text.RegularExpressions;

namespace AcmeKestrel.Tests.Zones;

/// <summary>An application whose name is proven by a record that stays in DNS, and a CA that looks for that.</summary>
public abstract partial class PersistScene : DnsScene
{
    private protected const string Place = "_validation-persist.shop.test";

    private protected PersistScene()
    {
        Settings.Remove("Acme:Dns:Default");
        Settings["Acme:Domains:0"] = "shop.test";
        Settings["Acme:Challenges:0"] = "dns-persist-01";
        Behaviour.OfferDnsPersist01 = true;
        Behaviour.CaaIdentities = ["ca.test"];
    }

    [GeneratedRegex("; set it once, and let it stay: (\\S+)\\. IN TXT \"([^\"]+)\"")]
    private protected static partial Regex Told();

    /// <summary>As <c>explain</c> says it.</summary>
    private protected async Task<(string Name, string Value)> ToldAsync(string label = "shop.test")
    {
        var said = await AcmeAsync("explain", label);
        var told = Told().Match(said.Text);
        Assert.True(told.Success, said.Text);
        return (told.Groups[1].Value, told.Groups[2].Value);
    }
}
