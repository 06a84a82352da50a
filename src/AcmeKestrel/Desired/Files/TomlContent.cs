using AcmeKestrel.Certificates;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace AcmeKestrel.Desired.Files;

/// <summary>
/// The sections of a TOML file, by what stands in their headers: <c>[example.com]</c> is the section <c>example.com</c>, and not a table in a table. Only the syntax tree of the parser is used, which
/// needs no reflection. Where the file is broken each section is read for itself, since a quote that is not closed takes what follows with it.
/// </summary>
internal sealed record TomlContent
{
    private const int MostOfAMessage = 300;

    /// <summary>A file with more is something else, and not looked at any further.</summary>
    private const int MostFaults = 100;

    private const string QuotesHint = " A name with other characters than letters, digits, '-', '_' and dots between them stands in quotes: [\"*.example.com\"].";

    /// <summary>What stands before the first section.</summary>
    public IReadOnlyList<TomlSetting> Settings { get; init; } = [];

    public IReadOnlyList<TomlSection> Sections { get; init; } = [];

    /// <summary>What is no TOML, outside of the sections whose names are known.</summary>
    public IReadOnlyList<TomlFault> Faults { get; init; } = [];

    /// <summary>There may be sections whose names nobody can read.</summary>
    public bool IsIncomplete { get; init; }

    public static TomlContent Read(string text)
    {
        var whole = Parse(text, 0);
        if (whole.Faults.Count == 0) return whole;

        // A text of several lines may hold what looks like a header.
        var isSplit = !text.Contains("\"\"\"", StringComparison.Ordinal) && !text.Contains("'''", StringComparison.Ordinal);
        return isSplit ? ReadPieces(text) : whole with { IsIncomplete = true };
    }

    private static TomlContent ReadPieces(string text)
    {
        var lines = text.Split('\n');
        var (settings, sections, faults) = (new List<TomlSetting>(), new List<TomlSection>(), new List<TomlFault>());
        var (broken, nameless) = (0, 0);
        for (int first = 0, next; first < lines.Length && broken < MostFaults; first = next)
        {
            next = first + 1;
            while (next < lines.Length && !IsHeader(lines[next])) next++;

            var piece = Parse(string.Join('\n', lines[first..next]) + "\n", first);
            settings.AddRange(piece.Settings);
            if (piece.Faults.Count == 0)
            {
                sections.AddRange(piece.Sections);
                continue;
            }

            broken++;
            var fault = piece.Faults[0];
            if (!IsHeader(lines[first]))
            {
                faults.Add(fault);
            }
            else if (Parse(lines[first] + "\n", first) is { Faults: [], Sections: [var header] })
            {
                sections.Add(header with { Fault = fault });
            }
            else
            {
                nameless++;
                faults.Add(fault with { Message = fault.Message + QuotesHint });
            }
        }

        return new TomlContent { Settings = settings, Sections = sections, Faults = faults, IsIncomplete = nameless > 0 || broken == MostFaults };
    }

    private static bool IsHeader(string line) => line.AsSpan().TrimStart(" \t").StartsWith('[');

    /// <param name="above">Lines above it in the file.</param>
    private static TomlContent Parse(string text, int above)
    {
        try
        {
            var document = SyntaxParser.Parse(text, "", validate: false);
            return document.HasErrors
                ? new TomlContent { Faults = [FirstFault(document.Diagnostics, text, above)] }
                : new TomlContent { Settings = SettingsOf(document.KeyValues, above), Sections = [.. document.Tables.Select(table => SectionOf(table, above))] };
        }
        catch (TomlException)
        {
            return Broken("is nested deeper than anything that is read here.");
        }
        catch (Exception)
        {
            // The parser's own fault, as at "\u" where the file ends.
            return Broken("is no TOML that can be read.");
        }

        TomlContent Broken(string message) => new() { Faults = [new TomlFault(above + 1, message)] };
    }

    private static TomlSection SectionOf(TableSyntaxBase table, int above) =>
        new(NameOf(table.Name), table.Span.Start.Line + above + 1, SettingsOf(table.Items, above)) { IsListed = table is TableArraySyntax };

    private static List<TomlSetting> SettingsOf(SyntaxList<KeyValueSyntax> items, int above) =>
        [.. items.Select(item => (Item: item, Line: item.Span.Start.Line + above + 1)).Select(known => new TomlSetting(NameOf(known.Item.Key), known.Line, TomlValue.Of(known.Item.Value, known.Line)))];

    /// <summary>Those after it follow from it.</summary>
    private static TomlFault FirstFault(DiagnosticsBag diagnostics, string text, int above)
    {
        // What is missing at the end has no place of its own.
        var first = diagnostics.MinBy(fault => (IsAtTheEnd(fault), fault.Span.Start.Offset))!;
        var last = text.AsSpan().TrimEnd().Count('\n');
        var line = IsAtTheEnd(first) ? last : Math.Min(first.Span.Start.Line, last);
        var hint = first.Message.EndsWith("for a value", StringComparison.Ordinal) && !IsAtTheEnd(first) ? "; a text stands in quotes" : "";
        return new TomlFault(line + above + 1, $"is no TOML: {PlainText.Of(first.Message, MostOfAMessage)}{hint}.");

        static bool IsAtTheEnd(DiagnosticMessage fault) => fault.Message.Contains("<eof>", StringComparison.Ordinal);
    }

    private static string NameOf(KeySyntax? key) => key is null ? "" : string.Join('.', key.DotKeys.Select(item => PartOf(item.Key)).Prepend(PartOf(key.Key)));

    private static string PartOf(BareKeyOrStringValueSyntax? part) => part switch
    {
        BareKeySyntax bare => bare.Key?.Text ?? "",
        StringValueSyntax quoted => quoted.Value ?? "",
        _ => "",
    };
}
