using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>Orders whose names are being validated: what a probe is shown is made with the account's key, so it is not changed under them.</summary>
internal interface IValidatingOrders
{
    /// <summary>An order came to its end.</summary>
    event Action? Ended;

    /// <summary>Whether names of an order of this account are being validated, or are about to be.</summary>
    Task<bool> AnyAsync(StateSession session, AccountName account, CancellationToken cancellationToken);
}
