namespace AcmeKestrel.CommandLine;

/// <summary>What a backup holds, for a person. Pure.</summary>
internal static class BackupText
{
    public static string Of(AcmeBackup backup) =>
        $"{Count(backup.Accounts, "account")}, {Count(backup.Certificates, "certificate")} with {(backup.Certificates == 1 ? "its key" : "their keys")}, {Count(backup.WishFiles, "file")} of wishes, {Count(backup.OtherRecords, "other record")}";

    public static string Count(int number, string what) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");
}
