using System.Diagnostics.CodeAnalysis;

namespace AcmeKestrel.InteropTests;

/// <summary>What the linked files of the interop tests ask of a test framework: here a missing program, or one that fails, ends the run.</summary>
internal static class Assert
{
    public static void SkipUnless([DoesNotReturnIf(false)] bool condition, string reason)
    {
        if (!condition) throw new InvalidOperationException(reason);
    }

    public static void True([DoesNotReturnIf(false)] bool condition, string otherwise)
    {
        if (!condition) throw new InvalidOperationException(otherwise);
    }
}
