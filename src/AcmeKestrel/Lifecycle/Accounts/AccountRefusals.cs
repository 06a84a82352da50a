using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>What a refusal of an account means to its operator.</summary>
internal static class AccountRefusals
{
    /// <summary>Whether it is about terms of service: RFC 8555 section 7.3.3 names a type only for changed ones, and CAs differ.</summary>
    public static bool IsAboutTerms(AcmeException refused) => refused.Problem is { } problem
        && (problem.Is("agreementRequired")
            || (problem.Is("userActionRequired") && (refused.TermsOfService is not null || SaysTerms(problem)))
            || (problem.Is("malformed") && refused.Fault is AcmeFault.HumanNeeded && SaysTerms(problem)));

    /// <param name="terms">As the CA's directory tells them.</param>
    public static string Terms(Provider provider, AcmeException refused, string? terms)
    {
        var page = refused.Problem?.Instance ?? refused.TermsOfService ?? terms;
        return $"{provider.Name} wants its terms of service agreed to{(page is null ? "" : $" at {page}")}: {refused.Message}";
    }

    /// <summary>Why newAccount was refused.</summary>
    /// <param name="binding">The external account binding that was sent.</param>
    public static string Registration(Provider provider, AccountRecord record, AcmeExternalAccount? binding, AcmeException refused, string? terms)
    {
        if (IsAboutTerms(refused)) return Terms(provider, refused, terms);

        var keys = provider.Setting("EabKeyId and EabHmacKey");
        return refused.Problem switch
        {
            { } problem when problem.Is("invalidContact") || problem.Is("unsupportedContact") =>
                $"{provider.Name} does not take the mail address {record.Facts.Email} (Acme:Email, or the Email of a certificate): {refused.Message}",
            { } problem when problem.Is("externalAccountRequired") => $"{provider.Name} wants an external account: set {keys}: {refused.Message}",
            { } problem when problem.Is("unauthorized") && binding is null =>
                $"{provider.Name} did not register the key of {record.Key}: {refused.Message} Where its account was closed, move the record away; where the CA wants an external account, set {keys}",
            _ when binding is not null => $"{provider.Name} refused the external account binding of {keys} (EabAlgorithm {binding.Algorithm}): {refused.Message}",
            _ => $"{provider.Name} did not register an account: {refused.Message}",
        };
    }

    public static string Closed(AccountRecord record, AcmeException refused) => $"the account of {record.Key} is closed at the CA: {refused.Message} Move the record away to register a new one";

    private static bool SaysTerms(AcmeProblem problem) => problem.Detail?.Contains("terms of service", StringComparison.OrdinalIgnoreCase) is true;
}
