using System.Globalization;
using System.Runtime.Versioning;
using AcmeKestrel.Storage.Files.Kernel;
using Microsoft.Win32.SafeHandles;

namespace AcmeKestrel.Storage.Files;

/// <summary>Who owns a file, by names or by numbers.</summary>
[UnsupportedOSPlatform("windows")]
internal static class PosixOwner
{
    private const UnixFileMode OfStrangers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Owner, group and mode just as they are asked for, or an error that says what could not be given.</summary>
    public static void Give(SafeFileHandle file, string path, FileAccessRights rights)
    {
        var (user, group) = (UserOf(rights, path), GroupOf(rights, path));
        if ((user, group) is not (null, null))
        {
            try
            {
                Posix.SetOwner(file, path, user, group);
            }
            catch (IOException refused)
            {
                var wanted = string.Join(" and ", new[] { Said("the owner", rights.Owner), Said("the group", rights.Group) }.OfType<string>());
                throw new IOException($"This process may not give it to {wanted} (only root gives files away, and a group only to its members): {refused.Message}", refused);
            }
        }

        TrySetMode(file, rights.Mode);
        if ((File.GetUnixFileMode(file) & ~rights.Mode & OfStrangers) is not 0 and var wider) throw new IOException($"Its volume opens it further than asked for ({wider}) : '{path}'");
    }

    public static bool Has(SafeFileHandle file, FileAccessRights rights)
    {
        if (Posix.FindStatus(file) is not { } owner) return true;
        return (rights.Owner is null || Find(rights.Owner, Posix.FindUser) == owner.User) && (rights.Group is null || Find(rights.Group, Posix.FindGroup) == owner.Group);
    }

    /// <summary>What a volume refuses shows in the mode that it keeps.</summary>
    private static void TrySetMode(SafeFileHandle file, UnixFileMode mode)
    {
        if (File.GetUnixFileMode(file) == mode) return;
        try
        {
            File.SetUnixFileMode(file, mode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static uint? UserOf(FileAccessRights rights, string path) =>
        rights.Owner is not { } name ? null : Find(name, Posix.FindUser) ?? throw new IOException($"There is no user '{name}' to own it : '{path}'");

    private static uint? GroupOf(FileAccessRights rights, string path) =>
        rights.Group is not { } name ? null : Find(name, Posix.FindGroup) ?? throw new IOException($"There is no group '{name}' to have it : '{path}'");

    /// <summary>In a container a number often has no name.</summary>
    private static uint? Find(string account, Func<string, uint?> find) =>
        find(account) ?? (uint.TryParse(account, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < uint.MaxValue ? number : null);

    private static string? Said(string kind, string? name) => name is null ? null : $"{kind} '{name}'";
}
