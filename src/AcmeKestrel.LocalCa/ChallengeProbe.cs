using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa;

/// <summary>What a validator has to find out: whether <see cref="Identifier"/> shows <see cref="KeyAuthorization"/>. Members may be added in minor versions.</summary>
public sealed record ChallengeProbe
{
    /// <summary><c>http-01</c>, <c>tls-alpn-01</c>, <c>dns-01</c>, <c>dns-account-01</c> or <c>dns-persist-01</c>.</summary>
    public required string Type { get; init; }

    /// <summary><c>dns</c> or <c>ip</c>.</summary>
    public required string IdentifierType { get; init; }

    /// <summary>The name or address; of a wildcard the name below the star, whose only challenges are those with a <see cref="RecordName"/>.</summary>
    public required string Identifier { get; init; }

    /// <summary>RFC 8555 section 8.1; empty for <c>dns-persist-01</c>, which has none.</summary>
    public required string Token { get; init; }

    /// <summary>RFC 8555 section 8.1: the token, a dot, the account key's thumbprint.</summary>
    public required string KeyAuthorization { get; init; }

    /// <summary>Where the TXT record stands that is to prove it; null for a type without one.</summary>
    public string? RecordName { get; init; }

    /// <summary>What the record has to say, where that is no key authorization's digest.</summary>
    internal PersistentRecord? Record { get; init; }

    /// <summary>What the CA makes of the TXT values at <see cref="RecordName"/>: for a validator with a zone of its own. Null: they prove it.</summary>
    /// <param name="values">All that are there.</param>
    /// <param name="now">By the CA's clock: a record of <c>dns-persist-01</c> may have an end.</param>
    /// <exception cref="InvalidOperationException">No record proves a challenge of this type.</exception>
    public ChallengeProblem? JudgeRecords(IReadOnlyCollection<string> values, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (RecordName is null) throw new InvalidOperationException($"No TXT record proves {Type}.");
        if (values.Count == 0) return new ChallengeProblem("unauthorized", $"There is no TXT record at {RecordName}.");
        if (Record is not null) return Record.Judge(RecordName, values, now);

        // Several values are fine: a wildcard and its bare name are proven side by side.
        return values.Contains(StrictBase64Url.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(KeyAuthorization))))
            ? null
            : new ChallengeProblem("unauthorized", $"None of the {values.Count} TXT records at {RecordName} is the key authorization's digest.");
    }
}
