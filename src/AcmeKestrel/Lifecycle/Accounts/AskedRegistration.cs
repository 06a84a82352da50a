namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>An operator asks for an account, whatever is wished.</summary>
/// <param name="AcceptsTerms">The operator agrees to the CA's terms for this account, whatever <c>Acme:AcceptTermsOfService</c> says.</param>
internal sealed record AskedRegistration(bool AcceptsTerms);
