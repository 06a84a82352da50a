namespace AcmeKestrel;

/// <summary>
/// Writes TXT records into a DNS zone, for dns-01 (RFC 8555 section 8.4). Several values stand side by side at one name (a name and its wildcard are proven there, other clients work there), so a value is added and a value is removed;
/// whatever else is there stays.
/// </summary>
/// <remarks>
/// Called by several at once. Each call has a deadline; one that does not come back holds up its own certificate only, and what it adds after that is removed again. What is thrown is shown to the operator:
/// a <see cref="DnsProviderException"/> (or an <see cref="AcmeSecretException"/>) says what is wrong in words, and no message holds a secret.
/// </remarks>
public interface IDnsProvider
{
    /// <summary>Adds the value; one that is there already is no error.</summary>
    Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken);

    /// <summary>Removes this value and nothing else; one that is not there is no error. Called again until it succeeds, over restarts, too.</summary>
    Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken);

    /// <summary>
    /// Asked before an order is made: whether a record could be written there, as far as that is known without writing one (the server answers, the key is right, the zone is found). Throws where not; by default nothing is looked at.
    /// </summary>
    Task CheckAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// A person sets the records: <see cref="AddAsync"/> only says which. The status then shows what is to be set, and it is waited for an hour, unless <c>Acme:Dns:Propagation:Timeout</c> says how long. By default it is not so.
    /// </summary>
    bool IsByHand => false;
}
