using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace AcmeKestrel.Hooks.Programs;

/// <summary>A program in a session of its own (setsid), which .NET cannot start.</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class SessionProcess
{
    private const short NewSession = 0x80; // POSIX_SPAWN_SETSID
    private const short OwnMask = 0x08; // POSIX_SPAWN_SETSIGMASK
    private const short OwnDefaults = 0x04; // POSIX_SPAWN_SETSIGDEF
    private const int BrokenPipe = 13; // SIGPIPE, which .NET ignores, and ignored it would stay
    private const int Kill = 9; // SIGKILL
    private const int Interrupted = 4; // EINTR

    /// <summary>Larger than any C library's.</summary>
    private const int Opaque = 1024;

    /// <summary>Those who start others while they are ended are looked for again.</summary>
    private const int Rounds = 20;

    private static readonly TimeSpan LongestDeath = TimeSpan.FromSeconds(5);

    private readonly int _id;

    private SessionProcess(int id)
    {
        _id = id;

        // A thread for a program, and there are few: nobody else may be asked for the end of a child that .NET did not start.
        Ended = Task.Factory.StartNew(() => Wait(id), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>What it needs of the C library is there, and nobody else collects the children of this process. As a container's first one .NET does, since orphans become its children, and how ours ended would be lost to it now and then.</summary>
    public static bool IsPossible { get; } = Environment.ProcessId != 1 && NativeLibrary.TryLoad("libc", typeof(SessionProcess).Assembly, null, out var library) && NativeLibrary.TryGetExport(library, "posix_spawn_file_actions_addchdir_np", out _);

    public Task<ProgramEnd> Ended { get; }

    /// <exception cref="IOException">It could not be started.</exception>
    public static unsafe SessionProcess Start(ProgramCall call, SafePipeHandle input, SafePipeHandle output)
    {
        byte* actions = stackalloc byte[Opaque], attributes = stackalloc byte[Opaque], signals = stackalloc byte[Opaque];
        ChildSignal.Heed();
        Check(NativeInitActions(actions), call.Command);
        try
        {
            Check(NativeInitAttributes(attributes), call.Command);
            Check(NativeAddCopy(actions, (int)input.DangerousGetHandle(), 0), call.Command);
            Check(NativeAddCopy(actions, (int)output.DangerousGetHandle(), 1), call.Command);
            Check(NativeAddCopy(actions, 1, 2), call.Command);
            Check(NativeAddFolder(actions, "/"), call.Command);
            _ = NativeEmpty(signals);
            Check(NativeSetMask(attributes, signals), call.Command);
            _ = NativeAdd(signals, BrokenPipe);
            Check(NativeSetDefaults(attributes, signals), call.Command);
            Check(NativeSetFlags(attributes, NewSession | OwnMask | OwnDefaults), call.Command);

            using var arguments = new TextList([call.Command, .. call.Arguments]);
            using var environment = new TextList([.. call.Environment.Select(one => $"{one.Key}={one.Value}")]);
            Check(NativeSpawn(out var id, call.Command, actions, attributes, arguments.Pointer, environment.Pointer), call.Command);
            return new SessionProcess(id);
        }
        finally
        {
            _ = NativeDestroyActions(actions);
            _ = NativeDestroyAttributes(attributes);
            GC.KeepAlive(input);
            GC.KeepAlive(output);
        }
    }

    /// <summary>It and all of its session, whatever group or parent they have by now.</summary>
    public async Task EndAllAsync()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var members = MembersOf(_id);
            _ = NativeKill(-_id, Kill);
            foreach (var member in members) _ = NativeKill(member, Kill);
            if (members.Count == 0) break;
            await Task.Yield();
        }

        // One that the kernel does not let go keeps its thread, and nobody else.
        await ((Task)Ended).WaitAsync(LongestDeath).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>By the sixth word of /proc/*/stat; the second one is a name in brackets that may hold anything.</summary>
    private static List<int> MembersOf(int session)
    {
        var members = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id)) continue;
            try
            {
                var stat = File.ReadAllText(Path.Combine(folder, "stat"), Encoding.Latin1);
                var words = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                if (words is [not "Z" and not "X", _, _, var of, ..] && of == session.ToString(System.Globalization.CultureInfo.InvariantCulture)) members.Add(id);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }

        return members;
    }

    private static ProgramEnd Wait(int id)
    {
        while (true)
        {
            var waited = NativeWait(id, out var status, 0);
            if (waited == id) return (status & 0x7F) == 0 ? new ProgramEnd((status >> 8) & 0xFF) : ProgramEnd.BySignal;
            if (Marshal.GetLastPInvokeError() is not Interrupted and var error) return new ProgramEnd(null, $"it has ended, and how is not known: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    private static void Check(int error, string command)
    {
        if (error != 0) throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)} : '{command}'");
    }

    /// <summary>Texts as a null-terminated array.</summary>
    private sealed unsafe class TextList : IDisposable
    {
        private readonly nint[] _texts;

        public TextList(IReadOnlyList<string> texts)
        {
            _texts = [.. texts.Select(Marshal.StringToCoTaskMemUTF8)];
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(texts.Count + 1), (nuint)sizeof(nint));
            for (var i = 0; i < _texts.Length; i++) Pointer[i] = (byte*)_texts[i];
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            NativeMemory.Free(Pointer);
            foreach (var text in _texts) Marshal.FreeCoTaskMem(text);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int NativeSpawn(out int id, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static unsafe partial int NativeInitActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static unsafe partial int NativeDestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static unsafe partial int NativeAddCopy(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int NativeAddFolder(byte* actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static unsafe partial int NativeInitAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static unsafe partial int NativeDestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static unsafe partial int NativeSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static unsafe partial int NativeSetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static unsafe partial int NativeSetDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static unsafe partial int NativeEmpty(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    private static unsafe partial int NativeAdd(byte* signals, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int NativeWait(int id, out int status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int NativeKill(int id, int signal);
}
