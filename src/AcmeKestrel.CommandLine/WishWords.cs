using System.CommandLine;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.CommandLine;

/// <summary>The words of a wish: its names, and what else may be said of it.</summary>
internal sealed class WishWords
{
    private readonly Argument<string[]> _names = new("names") { Description = "The names of one certificate; the first labels it.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _label = new("--label") { Description = "Another label than the first name." };
    private readonly Option<string?> _provider = new("--provider") { Description = "The CA, by its name in the configuration or a built-in one." };
    private readonly Option<string[]> _fallbacks = new("--fallback") { Description = "Another CA where that one fails; may be given several times." };
    private readonly Option<string?> _email = new("--email") { Description = "Mail address of the account." };
    private readonly Option<AcmeKeyType?> _keyType = new("--key-type") { Description = "Type of the certificate's key." };
    private readonly Option<string?> _profile = new("--profile") { Description = "A profile of the CA." };
    private readonly Option<string[]> _challenges = new("--challenge") { Description = "A challenge type to try; may be given several times, in their order." };

    public void AddTo(Command command)
    {
        command.Add(_names);
        foreach (var option in new Option[] { _label, _provider, _fallbacks, _email, _keyType, _profile, _challenges }) command.Add(option);
    }

    public AcmeCertificateRequest Of(ParseResult words) => new(words.GetRequiredValue(_names))
    {
        Label = words.GetValue(_label),
        Provider = words.GetValue(_provider),
        FallbackProviders = words.GetValue(_fallbacks) is { Length: > 0 } fallbacks ? fallbacks : null,
        Email = words.GetValue(_email),
        KeyType = words.GetValue(_keyType),
        Profile = words.GetValue(_profile),
        Challenges = words.GetValue(_challenges) is { Length: > 0 } challenges ? challenges : null,
    };
}
