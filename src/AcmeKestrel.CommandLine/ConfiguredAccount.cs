using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.CommandLine;

/// <summary>What the configuration says of the account that orders use where nothing else is said.</summary>
internal sealed record ConfiguredAccount(string? Provider, string? Email, bool AcceptsTerms)
{
    public static ConfiguredAccount Of(WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<AcmeOptions>>().Value;
        return new ConfiguredAccount(Text(options.Provider), Text(options.Email), bool.TryParse(options.AcceptTermsOfService, out var accepts) && accepts);
    }

    private static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
