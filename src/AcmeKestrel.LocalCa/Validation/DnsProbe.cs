using System.Net;
using DnsClient;
using DnsClient.Protocol;

namespace AcmeKestrel.LocalCa.Validation;

/// <summary>dns-01 (RFC 8555 section 8.4) and its kin: one question to the one resolver that it is told, which must be on this machine; by TCP where the answer does not fit.</summary>
internal sealed class DnsProbe
{
    private readonly LookupClient _client;
    private readonly TimeProvider _time;

    public DnsProbe(IPEndPoint server, TimeProvider time)
    {
        _time = time;
        if (!IPAddress.IsLoopback(server.Address)) throw new ArgumentException("Not a loopback address.", nameof(server));
        _client = new LookupClient(new LookupClientOptions(server)
        {
            UseCache = false,
            Retries = 0,
            ThrowDnsErrors = false,
            // The validator's deadline counts.
            Timeout = Timeout.InfiniteTimeSpan,
        });
    }

    public async Task<ChallengeProblem?> ProbeAsync(ChallengeProbe probe, CancellationToken cancellationToken)
    {
        var name = probe.RecordName!;
        if (name.Length > 253) return new ChallengeProblem("dns", $"{name} is too long to be asked for.");

        IDnsQueryResponse response;
        try
        {
            response = await _client.QueryAsync(name, QueryType.TXT, QueryClass.IN, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is DnsResponseException or DnsResponseParseException or DnsXidMismatchException)
        {
            // The deadline comes as one of these too.
            cancellationToken.ThrowIfCancellationRequested();
            return new ChallengeProblem("dns", $"The resolver's answer for {name} cannot be used: {error.Message}");
        }

        if (response.HasError) return new ChallengeProblem("dns", $"The resolver says of {name}: {response.Header.ResponseCode}.");
        return probe.JudgeRecords(Values(response.Answers, name), _time.GetUtcNow());
    }

    /// <summary>The texts at the name itself or where its aliases lead within the answer; other records of the answer are nobody's.</summary>
    private static List<string> Values(IReadOnlyList<DnsResourceRecord> answers, string name)
    {
        var owner = DnsString.Parse(name).Value;
        for (var aliases = 0; aliases < answers.Count && answers.OfType<CNameRecord>().FirstOrDefault(alias => IsAt(alias, owner)) is { } alias; aliases++)
            owner = alias.CanonicalName.Value;

        return [.. answers.OfType<TxtRecord>().Where(record => IsAt(record, owner)).Select(record => string.Concat(record.Text))];
    }

    private static bool IsAt(DnsResourceRecord record, string owner) => record.DomainName.Value.Equals(owner, StringComparison.OrdinalIgnoreCase);
}
