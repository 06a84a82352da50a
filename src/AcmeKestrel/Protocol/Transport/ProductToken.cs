namespace AcmeKestrel.Protocol.Transport;

/// <summary>The <c>User-Agent</c> that RFC 8555 section 6.1 demands: this library, the application's own words, the HTTP library.</summary>
internal static class ProductToken
{
    private static readonly string Version = typeof(ProductToken).Assembly.GetName().Version?.ToString(3) ?? "0";

    public static string UserAgent(string? application)
    {
        if (application?.Any(c => c is < ' ' or > '~') is true) throw new ArgumentException("The user agent must be printable ASCII.", nameof(application));

        var own = string.IsNullOrWhiteSpace(application) ? "" : application.Trim() + " ";
        return $"AcmeKestrel/{Version} {own}dotnet/{Environment.Version}";
    }
}
