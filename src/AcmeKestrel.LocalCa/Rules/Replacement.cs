namespace AcmeKestrel.LocalCa.Rules;

/// <summary>
/// RFC 9773 section 5: an order that says which certificate it <c>replaces</c>. A certificate counts as replaced from the moment that an order for it is made, as in Boulder, not from its
/// finalize; an order that became invalid frees it, one that was finalized never does. The section speaks of a <i>different</i> order, so a repeated newOrder that order reuse answers with the
/// same order is no second replacement; Boulder looks at replacements first and refuses even that.
/// </summary>
internal static class Replacement
{
    /// <summary>The certificate that may be named by this account for these names; null = none was named.</summary>
    public static IssuedCertificate? Check(CaState state, LocalCaServerOptions options, Account account, IReadOnlyList<Identifier> identifiers, string? replaces)
    {
        if (replaces is null) return null;
        if (!options.RenewalInfo) throw new RefusalException(Problem.Malformed("This CA offers no renewal info, so an order cannot replace a certificate."));

        var id = CertificateId.Parse(replaces);
        var found = state.Certificates.Values.FirstOrDefault(c => c.RenewalId == id) ?? throw CaState.Unknown("certificate");
        CaState.Owned(found, found.AccountId, account);
        return found.Identifiers.Any(identifiers.Contains)
            ? found
            : throw new RefusalException(Problem.Malformed("The order and the certificate it replaces have no identifier in common."));
    }

    /// <param name="orders">The account's orders that are not invalid by now.</param>
    public static void CheckFree(IEnumerable<Order> orders, IssuedCertificate certificate)
    {
        if (orders.Any(order => order.Replaces == certificate.RenewalId.Text))
            throw new RefusalException(new Problem("alreadyReplaced", 409, "Another order replaces this certificate already."));
    }
}
