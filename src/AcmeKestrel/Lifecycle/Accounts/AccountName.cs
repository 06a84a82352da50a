using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>What tells accounts apart: the CA's directory and the mail address, in whatever case it is written.</summary>
internal readonly record struct AccountName(string DirectoryUrl, string? Email)
{
    public static AccountName Of(Provider provider, string? email) => Of(provider.DirectoryUrl, email);

    public static AccountName Of(string directoryUrl, string? email) => new(directoryUrl, email?.ToUpperInvariant());
}
