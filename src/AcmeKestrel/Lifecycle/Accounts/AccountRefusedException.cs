using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>The CA will not have this account as things are: a human must act, and until then no name of the account asks again.</summary>
/// <param name="reason">A sentence that names the configuration key, the page or the record.</param>
internal sealed class AccountRefusedException(RecordKey record, string reason, Exception? inner = null) : Exception(reason, inner)
{
    public RecordKey Record { get; } = record;
}
