using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Stands for all of a wish that a certificate depends on: tells whether an order or a failure belongs to the wish as it is now.</summary>
internal static class WishPrint
{
    public static string Of(Wish wish, Provider provider)
    {
        var text = string.Join('\n', [
            provider.DirectoryUrl, wish.Email ?? "", wish.KeyType.ToString(), (wish.Profile ?? provider.Profile ?? "") + (wish.RequireProfile ? "!" : ""),
            string.Join(' ', wish.Challenges),
            string.Join(' ', wish.Required.Select(name => name.Value).Order(StringComparer.Ordinal)),
            string.Join(' ', wish.Optional.Select(name => name.Value).Order(StringComparer.Ordinal))]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }
}
