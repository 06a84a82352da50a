using System.CommandLine;
using AcmeKestrel.CommandLine.Importing;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>import lettuceencrypt</c>: what an application kept that had LettuceEncrypt before.</summary>
internal sealed class ImportLettuceEncryptVerb() : ImportVerb("lettuceencrypt", usual: null)
{
    private readonly Option<string?> _password = new("--password-file") { Description = "A file with the password of the PFX files, in its first line." };

    public override Command Command
    {
        get
        {
            var command = base.Command;
            command.Add(_password);
            return command;
        }
    }

    protected override string Caution => "LettuceEncrypt renews inside its application: take its package out of that before you start it again.";

    protected override Installation Read(VerbRun run, ForeignFolder folder) => LettuceEncryptFolder.Read(folder, run.Words.GetValue(_password) is { } path ? PasswordOf(path) : null);

    private static string PasswordOf(string path)
    {
        try
        {
            return System.Text.Encoding.UTF8.GetString(RegularFile.Read(path)).Split('\n')[0].TrimEnd('\r');
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new Storage.StoreUnavailableException($"'{path}' cannot be read: {unreadable.Message}", unreadable);
        }
    }
}
