namespace AcmeKestrel.Protocol;

/// <summary>Contact URLs of an account (RFC 8555 section 7.3): CAs know <c>mailto:</c> with one address and nothing else.</summary>
internal static class AcmeContact
{
    public static IReadOnlyList<string> Of(string? email) => email is null ? [] : [$"mailto:{email}"];
}
