namespace AcmeKestrel.LocalCa.Rules;

/// <summary>RFC 8555 section 7.3: mail addresses, one each, without header fields.</summary>
internal static class Contacts
{
    private const int Most = 10;

    public static IReadOnlyList<string> Check(IReadOnlyList<string> contacts)
    {
        if (contacts.Count > Most) throw Invalid($"At most {Most} contacts.");
        foreach (var contact in contacts)
        {
            if (!contact.StartsWith("mailto:", StringComparison.Ordinal))
                throw new RefusalException(new Problem("unsupportedContact", 400, "A contact is a mailto: URL."));
            if (!IsOneAddress(contact["mailto:".Length..])) throw Invalid($"'{contact}' is not one mail address.");
        }

        return contacts;
    }

    private static bool IsOneAddress(string address) =>
        address.Length is > 2 and <= 254
        && address.All(c => c is > ' ' and <= '~' and not (',' or '?' or '<' or '>'))
        && address.Split('@') is [{ Length: > 0 }, { Length: > 0 }];

    private static RefusalException Invalid(string detail) => new(new Problem("invalidContact", 400, detail));
}
