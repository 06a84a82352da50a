using AcmeKestrel.Configuration;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>
/// An account as a file that goes elsewhere: its key as PEM, and before that what it is, as lines (RFC 7468 section 5.2 lets text stand there), so that openssl and other ACME clients read it, too. What is read may also be
/// the bare key, as PEM or as a JWK (RFC 7517), as other clients keep it.
/// </summary>
/// <param name="Key">To be disposed of by whoever reads it.</param>
internal sealed record AccountFile(AcmeAccountKey Key, string? DirectoryUrl, string? Email)
{
    /// <summary>An RSA key of 16384 bits as PEM is not as long.</summary>
    public const int Longest = 64 * 1024;

    private const string DirectoryWord = "Directory:";
    private const string AccountWord = "Account:";
    private const string EmailWord = "Email:";

    public static string Write(AccountRecord record) =>
        $"{DirectoryWord} {record.DirectoryUrl}\n{(record.Facts.Url is { } url ? $"{AccountWord} {url}\n" : "")}{(record.Facts.Email is { } email ? $"{EmailWord} {email}\n" : "")}{record.PrivateKeyPem.TrimEnd()}\n";

    /// <exception cref="FormatException">There is no key in it.</exception>
    public static AccountFile Read(string text)
    {
        if (text.Length > Longest) throw new FormatException($"It is longer than {Longest} characters: that is no account key.");
        if (text.AsSpan().TrimStart() is ['{', ..]) return new AccountFile(AcmeAccountKey.FromJwk(text), null, null);

        var key = AcmeAccountKey.FromPem(text);
        var email = Find(text, EmailWord);
        return new AccountFile(key, Find(text, DirectoryWord), email is not null && MailAddress.IsOne(email) ? email : null);
    }

    /// <summary>Only before the key.</summary>
    private static string? Find(string text, string word)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("-----", StringComparison.Ordinal)) return null;
            if (line.StartsWith(word, StringComparison.Ordinal)) return line[word.Length..].Trim().ToString();
        }

        return null;
    }
}
