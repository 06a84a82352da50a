using System.Security.Cryptography;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>Everything the CA remembers. Whoever reads or writes holds <see cref="Gate"/>.</summary>
internal sealed class CaState
{
    public Lock Gate { get; } = new();

    public Dictionary<string, Account> Accounts { get; } = [];

    public Dictionary<string, string> AccountByThumbprint { get; } = [];

    public Dictionary<string, Order> Orders { get; } = [];

    public Dictionary<string, Authorization> Authorizations { get; } = [];

    public Dictionary<string, string> AuthorizationByChallenge { get; } = [];

    public Dictionary<string, IssuedCertificate> Certificates { get; } = [];

    public static string NewId() => StrictBase64Url.Encode(RandomNumberGenerator.GetBytes(9));

    /// <summary>RFC 8555 section 8.1 and 11.3: at least 128 bits.</summary>
    public static string NewToken() => StrictBase64Url.Encode(RandomNumberGenerator.GetBytes(32));

    public static RefusalException Unknown(string what) => new(Problem.Malformed($"No such {what}.", 404));

    /// <summary>Objects of other accounts exist, but not for this one.</summary>
    public static T Owned<T>(T item, string owner, Account account) =>
        owner == account.Id ? item : throw new RefusalException(Problem.Unauthorized("This belongs to another account."));
}
