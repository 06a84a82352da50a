namespace AcmeKestrel.CommandLine.Importing;

/// <summary>What another client's folder holds.</summary>
/// <param name="Accounts">Those that its certificates name first.</param>
/// <param name="Faults">What could not be used of it.</param>
internal sealed record Installation(IReadOnlyList<FoundAccount> Accounts, IReadOnlyList<FoundCertificate> Certificates, IReadOnlyList<ImportFault> Faults);

/// <param name="Path">Where its key stands.</param>
/// <param name="Directory">The CA's directory, or its host where no more is known.</param>
/// <param name="Key">As PEM or JWK.</param>
/// <param name="Email">Its mail address, empty: it has none; null: nothing is said of it.</param>
internal sealed record FoundAccount(string Path, string Directory, string Key, string? Email);

/// <param name="Path">Where its chain stands.</param>
/// <param name="Chain">As PEM, the leaf first.</param>
/// <param name="Key">As PEM.</param>
/// <param name="Directory">The CA's directory, or its host where no more is known.</param>
/// <param name="Account">The path of the account's key; null: nothing is said of it.</param>
internal sealed record FoundCertificate(string Path, string Label, string Chain, string Key, string Directory, string? Account);

/// <summary>A file that could not be used, or a wish that has no certificate there.</summary>
internal sealed record ImportFault(string Path, string Reason);
