using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Dns.Manual;

/// <summary>A human does it, and is told what; that the record is there is found out by looking.</summary>
internal sealed class ManualProvider(string name, ILogger<ManualProvider> logger) : IDnsProvider
{
    public bool IsByHand => true;

    public Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
    {
        logger.RecordIsToBeSet(record.Domain, record.Name, record.Value, name);
        return Task.CompletedTask;
    }

    public Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
    {
        logger.RecordIsToBeRemoved(record.Domain, record.Name, record.Value);
        return Task.CompletedTask;
    }
}
