namespace AcmeKestrel.Certificates;

/// <summary>What tells accounts apart: the CA and the mail address. An address names the same account in whatever case it is written.</summary>
internal readonly record struct AccountName
{
    public AccountName(CaKey ca, string? email) => (Ca, Email) = (ca, email?.ToLowerInvariant());

    public CaKey Ca { get; }

    /// <summary>In lower case; null = the account without a mail address.</summary>
    public string? Email { get; }

    public static AccountName Of(Provider provider, string? email) => new(provider.Ca, email);
}
