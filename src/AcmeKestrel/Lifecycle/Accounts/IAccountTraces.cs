using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>Accounts of which something is known beside their own records: who loses a key may have lost the record with it.</summary>
internal interface IAccountTraces
{
    /// <summary>The accounts at this CA that stored certificates were ordered by.</summary>
    IEnumerable<string> AccountsAt(CaKey ca);
}
