using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>Orders whose names are being validated: what a probe is shown is made with the account's key, so it is not changed under them.</summary>
internal interface IValidatingOrders
{
    /// <summary>An order of the account came to its end: the label's.</summary>
    event Action<AccountName, string>? Ended;

    /// <summary>The label of an order of this account whose names are being validated, or are about to be; null: there is none.</summary>
    Task<string?> FindAsync(StateSession session, AccountName account, CancellationToken cancellationToken);
}
