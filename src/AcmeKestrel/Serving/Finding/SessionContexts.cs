using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AcmeKestrel.Serving.Finding;

/// <summary>
/// The platform's own context of a certificate and an endpoint's settings (OpenSSL's <c>SSL_CTX</c>): it has the keys of the session tickets, and making one takes a fifth of a handshake. The platform
/// shares it among connections and counts who has it; at each 32nd that is made it closes all that nobody has. On a platform where that is otherwise none is known, and nothing can be held.
/// </summary>
internal static class SessionContexts
{
    private const string SafeSslHandle = "Microsoft.Win32.SafeHandles.SafeSslHandle, System.Net.Security";
    private const string SafeSslContextHandle = "Microsoft.Win32.SafeHandles.SafeSslContextHandle, System.Net.Security";
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Accessors that are made by the compiler cannot give a reference to a field whose type is not public.</summary>
    private static readonly FieldInfo? Connection = typeof(SslStream).GetField("_securityContext", Instance);
    private static readonly FieldInfo? Context = Type.GetType(SafeSslHandle)?.GetField("SslContextHandle", Instance);

    /// <summary>Whether contexts can be held here.</summary>
    public static bool AreKnown { get; } = Probe();

    /// <summary>What the connection shares with others; also when it has ended. Null where its endpoint resumes no sessions.</summary>
    public static SafeHandle? Of(SslStream connection) =>
        AreKnown && Connection!.GetValue(connection) is { } handle && Context!.DeclaringType!.IsInstanceOfType(handle) ? Context.GetValue(handle) as SafeHandle : null;

    /// <summary>One more has it, until it disposes of it. False where it is being closed.</summary>
    public static bool TryShare(SafeHandle context) => TryAddRentCount(context);

    /// <summary>Counts a context of nobody's up and down, as the platform does it.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a platform does with it: sessions are then kept as the platform keeps them.")]
    private static bool Probe()
    {
        if (!OperatingSystem.IsLinux() || Connection is null || Context?.DeclaringType is not { } connections) return false;

        try
        {
            if (!connections.IsAssignableTo(Connection.FieldType) || New() is not SafeHandle context || !Context.FieldType.IsInstanceOfType(context) || !TryAddRentCount(context)) return false;

            context.Dispose();
            var isCounted = !context.IsClosed;
            context.Dispose();
            return isCounted && context.IsClosed && !TryAddRentCount(context);
        }
        catch (Exception)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    [return: UnsafeAccessorType(SafeSslContextHandle)]
    private static extern object New();

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "TryAddRentCount")]
    private static extern bool TryAddRentCount([UnsafeAccessorType(SafeSslContextHandle)] object context);
}
