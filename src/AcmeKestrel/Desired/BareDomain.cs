using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired;

/// <summary>The <c>x</c> that <c>www.x</c> brings along.</summary>
internal static class BareDomain
{
    private const string Prefix = "www.";

    /// <summary>Null: the name brings nothing along.</summary>
    public static string? TextOf(AcmeIdentifier name) => name.Value.StartsWith(Prefix, StringComparison.Ordinal) ? name.Value[Prefix.Length..] : null;
}
