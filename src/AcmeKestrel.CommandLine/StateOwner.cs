using System.Runtime.InteropServices;

namespace AcmeKestrel.CommandLine;

/// <summary>
/// Root's hand on a state that belongs to somebody else: the process becomes that one before it touches anything, so that the server can read what it leaves. Linux; elsewhere root stays root.
/// </summary>
internal static partial class StateOwner
{
    private const uint Root = 0;
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint Owners = 0x8 | 0x10; // STATX_UID, STATX_GID

    /// <summary>Null: the process is the owner already, or is none that could become it. Else who it is from now on.</summary>
    /// <exception cref="Storage.StoreUnavailableException">It may not become the owner.</exception>
    public static string? Become(string directory)
    {
        if (!OperatingSystem.IsLinux() || EffectiveUser() != Root || !Directory.Exists(directory)) return null;

        var (user, group) = OwnerOf(directory);
        if (user == Root) return null;

        var name = NameOf(user);
        if (SetGroups(name, group) != 0 || SetGroup(group, group, group) != 0 || SetUser(user, user, user) != 0)
        {
            throw new Storage.StoreUnavailableException($"The state {directory} belongs to {name ?? $"user {user}"}, and this process cannot become that one ({Marshal.GetLastPInvokeErrorMessage()}): call it as that user.");
        }

        return name ?? $"user {user}";
    }

    private static unsafe (uint User, uint Group) OwnerOf(string path)
    {
        // struct statx is the same on every architecture: the user stands at byte 20, the group at 24 of 256.
        var information = stackalloc byte[256];
        if (Status(CurrentFolder, path, 0, Owners, information) != 0) throw new Storage.StoreUnavailableException($"It cannot be seen whose {path} is ({Marshal.GetLastPInvokeErrorMessage()}).");
        return (*(uint*)(information + 20), *(uint*)(information + 24));
    }

    /// <summary>Null: the user has none.</summary>
    private static string? NameOf(uint user)
    {
        foreach (var line in File.Exists("/etc/passwd") ? File.ReadLines("/etc/passwd") : [])
        {
            if (line.Split(':') is [var name, _, var id, ..] && id == user.ToString(System.Globalization.CultureInfo.InvariantCulture)) return name;
        }

        return null;
    }

    /// <summary>The groups that the user is in; of one without a name, the state's alone.</summary>
    private static unsafe int SetGroups(string? name, uint group) => name is not null ? InitializeGroups(name, group) : SetGroups(1, &group);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Status(int folder, string path, int flags, uint mask, byte* information);

    [LibraryImport("libc", EntryPoint = "initgroups", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int InitializeGroups(string user, uint group);

    [LibraryImport("libc", EntryPoint = "setgroups", SetLastError = true)]
    private static unsafe partial int SetGroups(nuint count, uint* groups);

    [LibraryImport("libc", EntryPoint = "setresgid", SetLastError = true)]
    private static partial int SetGroup(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "setresuid", SetLastError = true)]
    private static partial int SetUser(uint real, uint effective, uint saved);
}
