using AcmeKestrel.CommandLine.Importing;

namespace AcmeKestrel.CommandLine;

/// <summary>What <c>import ... --json</c> prints.</summary>
/// <param name="IsDryRun">Nothing was changed: it says what would become of each.</param>
/// <param name="Faults">What could not be used, by file.</param>
/// <param name="Timers">What still has the other client renew.</param>
internal sealed record ImportAnswer(
    string Client, string Folder, bool IsDryRun, IReadOnlyList<AccountImport> Accounts, IReadOnlyList<CertificateImport> Certificates, IReadOnlyList<ImportFault> Faults, IReadOnlyList<ActiveTimer> Timers);

/// <param name="Path">Where its key stands.</param>
/// <param name="Provider">The CA here; null: none has that directory.</param>
/// <param name="AccountUrl">As the CA says; null: it was not asked, or does not know it.</param>
/// <param name="Reason">Why it was not taken over.</param>
internal sealed record AccountImport(string Path, string Directory, string? Email, string? Provider, AcmeImportOutcome Outcome, string? AccountUrl = null, string? Reason = null);

/// <param name="Path">Where its chain stands.</param>
/// <param name="WishedBy">Who wishes it, so that it is renewed: the file that was written, or whoever did before; null: nobody.</param>
/// <param name="Reason">Why it was not taken over, or is not wished.</param>
internal sealed record CertificateImport(string Path, string Label, AcmeImportOutcome Outcome, IReadOnlyList<string> Names, DateTimeOffset? NotAfter = null, string? WishedBy = null, string? Reason = null);

/// <summary>A timer or a crontab's line that calls another client.</summary>
/// <param name="ToEnd">What ends it.</param>
internal sealed record ActiveTimer(string Path, string ToEnd);
