namespace AcmeKestrel.CommandLine;

/// <summary>What <c>backup --json</c> prints.</summary>
/// <param name="IsChecked">It was there already and was only read.</param>
internal sealed record BackupAnswer(string? State, AcmeBackup Backup, bool IsChecked);

/// <summary>What <c>restore --json</c> prints.</summary>
/// <param name="Result">Of a restore from a backup.</param>
/// <param name="Account">Of one from an account's key.</param>
internal sealed record RestoreAnswer(string? State, AcmeRestoreResult? Result, AcmeAccountStatus? Account);
