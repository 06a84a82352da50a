using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Desired.Files;

/// <summary>Reads the settings of one certificate; each that is wrong is a problem of its own line, and holds the certificate.</summary>
internal sealed class TomlCertificate
{
    private const int MostOfAText = 1000;

    private readonly string _file;
    private readonly List<DesiredProblem> _problems;
    private readonly Dictionary<string, TomlSetting> _settings = new(StringComparer.Ordinal);

    private TomlCertificate(IReadOnlyList<TomlSetting> settings, string file, List<DesiredProblem> problems)
    {
        (_file, _problems) = (file, problems);
        foreach (var setting in settings)
        {
            if (TomlKeys.PropertyOf(setting.Key) is not { } property) Report(setting.Line, TomlKeys.WhyNot(setting.Key));
            else if (!_settings.TryAdd(property, setting)) Report(setting.Line, $"{Quoted(setting)} is said by '{_settings[property].Key}' in line {_settings[property].Line} already.");
        }
    }

    /// <summary>Null: something is wrong; all of it is among the problems then.</summary>
    public static DesiredCertificate? Read(IReadOnlyList<TomlSetting> settings, WishPlace place, string label, string origin, List<DesiredProblem> problems)
    {
        var before = problems.Count;
        var certificate = new TomlCertificate(settings, place.File, problems).Read(place, label, origin);
        return problems.Count == before ? certificate : null;
    }

    private DesiredCertificate Read(WishPlace place, string label, string origin) => new(Names(place, label), origin)
    {
        Label = label,
        Place = place with { Settings = [.. _settings.Select(known => KeyValuePair.Create(known.Key, known.Value.Line))] },
        Provider = Text(nameof(DesiredCertificate.Provider)),
        FallbackProviders = Texts(nameof(DesiredCertificate.FallbackProviders)),
        Email = Mail(nameof(DesiredCertificate.Email)),
        KeyType = KeyType(nameof(DesiredCertificate.KeyType)),
        Profile = Text(nameof(DesiredCertificate.Profile)),
        RequireProfile = Flag(nameof(DesiredCertificate.RequireProfile)),
        PreferredChain = Text(nameof(DesiredCertificate.PreferredChain)),
        ReuseKey = Flag(nameof(DesiredCertificate.ReuseKey)),
        Dns = Text(nameof(DesiredCertificate.Dns)),
        Challenges = Challenges(nameof(DesiredCertificate.Challenges)),
        IncludeBareDomain = Flag(nameof(DesiredCertificate.IncludeBareDomain)),
    };

    private List<string> Names(WishPlace place, string label)
    {
        var names = new List<string>();
        if (Find(nameof(DesiredCertificate.Names)) is not { } setting)
        {
            if (AcmeIdentifier.TryParse(label, out _, out var error)) return [label];

            _problems.Add(new DesiredProblem(place.ToString(), $"Without 'domains' it is for its own name, but {error}"));
            return names;
        }

        var items = Items(setting);
        if (items is { Count: 0 }) Report(setting.Line, $"{Quoted(setting)} is empty: name what the certificate is for, or leave it out.");
        foreach (var (text, line) in items ?? [])
        {
            if (!AcmeIdentifier.TryParse(text, out var name, out var error)) Report(line, error);
            else if (!names.Contains(name.Value)) names.Add(name.Value == label ? label : name.Value);
        }

        return names;
    }

    private List<string>? Challenges(string property)
    {
        var challenges = Texts(property);
        if (challenges is { Count: 0 }) Report(Find(property)!.Line, $"{Quoted(Find(property)!)} is empty; leave it out for the default.");
        return challenges is null ? null : [.. challenges.Distinct(StringComparer.Ordinal)];
    }

    private List<string>? Texts(string property) => Find(property) is { } setting ? Items(setting)?.Select(item => item.Text).ToList() : null;

    private string? Text(string property)
    {
        if (Find(property) is not { } setting) return null;
        if (setting.Value.Text is { } text) return Checked(text, setting, setting.Line);

        ReportKind(setting, setting.Value, "a text in quotes");
        return null;
    }

    private bool? Flag(string property)
    {
        if (Find(property) is not { } setting) return null;
        if (setting.Value.Flag is null) ReportKind(setting, setting.Value, "true or false, without quotes");
        return setting.Value.Flag;
    }

    private string? Mail(string property)
    {
        var text = Text(property);
        if (text is null || MailAddress.IsOne(text)) return text;

        Report(Find(property)!.Line, $"'{PlainText.Of(text, 100)}' is no mail address.");
        return null;
    }

    private AcmeKeyType? KeyType(string property)
    {
        if (Text(property) is not { } text) return null;
        if (ValueReader.ChoiceOf<AcmeKeyType>(text) is { } type) return type;

        Report(Find(property)!.Line, $"'{PlainText.Of(text, 100)}' is none of {string.Join(", ", Enum.GetNames<AcmeKeyType>())}.");
        return null;
    }

    /// <summary>A list of texts, or one text with spaces or commas between them.</summary>
    private List<(string Text, int Line)>? Items(TomlSetting setting)
    {
        if (setting.Value.Text is { } text) return [.. text.Split(ValueReader.Separators, StringSplitOptions.RemoveEmptyEntries).Select(word => (word, setting.Line))];
        if (setting.Value.Items is not { } items)
        {
            ReportKind(setting, setting.Value, "a list of texts in quotes");
            return null;
        }

        var texts = new List<(string, int)>();
        foreach (var item in items)
        {
            if (item.Text is null) ReportKind(setting, item, "a list of texts in quotes");
            else if (Checked(item.Text, setting, item.Line) is { } known) texts.Add((known, item.Line));
        }

        return texts;
    }

    private string? Checked(string text, TomlSetting setting, int line)
    {
        var said = text.Trim();
        var fault = said.Length == 0 ? "is empty; leave it out for the default."
            : said.Length > MostOfAText ? $"is longer than {MostOfAText} characters."
            : said.Any(char.IsControl) ? "has a control character in it."
            : null;
        if (fault is not null) Report(line, $"{Quoted(setting)} {fault}");
        return fault is null ? said : null;
    }

    private TomlSetting? Find(string property) => _settings.GetValueOrDefault(property);

    private void ReportKind(TomlSetting setting, TomlValue value, string expected) => Report(value.Line, $"{Quoted(setting)} is {expected}, not {value.Kind}.");

    private void Report(int line, string message) => _problems.Add(new DesiredProblem($"{_file}:{line}", message));

    private static string Quoted(TomlSetting setting) => $"'{PlainText.Of(setting.Key, 100)}'";
}
