namespace AcmeKestrel.Zones;

/// <summary>The value of an <c>issue</c> property (RFC 8659 section 4.2): a CA's name and parameters. One that is no such value names nobody, which allows nobody.</summary>
/// <param name="Issuer">Empty: nobody.</param>
/// <param name="AccountUri">Null: any account.</param>
/// <param name="Methods">Null: any method.</param>
internal sealed record CaaValue(string Issuer, string? AccountUri, IReadOnlyList<string>? Methods)
{
    private static readonly CaaValue Nobody = new("", null, null);

    public static CaaValue Parse(string text)
    {
        var parts = text.Split(';').Select(part => part.Trim(' ', '\t')).ToList();
        string? account = null;
        IReadOnlyList<string>? methods = null;
        for (var i = 1; i < parts.Count; i++)
        {
            // A semicolon at the end is common, and means nothing.
            if (parts[i].Length == 0) continue;
            if (parts[i].Split('=', 2) is not [var tag, var value] || tag.Length == 0) return Nobody;

            value = value.Trim(' ', '\t');
            tag = tag.Trim(' ', '\t');

            // Said twice it is a mistake, and a CA must not guess (RFC 8657 section 3).
            if (tag.Equals("accounturi", StringComparison.OrdinalIgnoreCase))
            {
                if (account is not null) return Nobody;
                account = value;
            }
            else if (tag.Equals("validationmethods", StringComparison.OrdinalIgnoreCase))
            {
                if (methods is not null) return Nobody;
                methods = value.Split(',');
            }
        }

        return new CaaValue(parts[0].TrimEnd('.'), account, methods);
    }
}
