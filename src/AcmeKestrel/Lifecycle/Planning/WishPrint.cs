using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Stands for all of a wish that a certificate depends on: tells whether an order or a failure belongs to the wish as it is now.</summary>
internal static class WishPrint
{
    /// <summary>With which of its names may be left out: what follows a failure depends on it.</summary>
    public static string Of(Wish wish, Provider provider) => Of(wish, provider, [Sorted(wish.Required), Sorted(wish.Optional)]);

    /// <summary>Whichever of its names may be left out: an order that asks for all of them does not depend on it.</summary>
    public static string OfNames(Wish wish, Provider provider) => Of(wish, provider, [Sorted(wish.Required.Concat(wish.Optional).DistinctBy(name => name.Value))]);

    private static string Of(Wish wish, Provider provider, IEnumerable<string> names)
    {
        var text = string.Join('\n', [
            provider.DirectoryUrl, wish.Email ?? "", wish.KeyType.ToString(), (wish.ProfileAt(provider) ?? "") + (wish.RequireProfile ? "!" : ""),
            string.Join(' ', wish.Challenges),
            .. names]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }

    private static string Sorted(IEnumerable<AcmeIdentifier> names) => string.Join(' ', names.Select(name => name.Value).Order(StringComparer.Ordinal));
}
