using Tomlyn.Syntax;

namespace AcmeKestrel.Desired.Files;

/// <summary>A value as far as wishes have a use for it.</summary>
/// <param name="Kind">What a message calls it.</param>
internal sealed record TomlValue(string Kind, int Line)
{
    public string? Text { get; init; }

    public bool? Flag { get; init; }

    public IReadOnlyList<TomlValue>? Items { get; init; }

    public static TomlValue Of(ValueSyntax? value, int line) => value switch
    {
        StringValueSyntax text => new TomlValue("a text", line) { Text = text.Value },
        BooleanValueSyntax flag => new TomlValue(flag.Value ? "true" : "false", line) { Flag = flag.Value },
        ArraySyntax list => new TomlValue("a list", line) { Items = ItemsOf(list, line) },
        IntegerValueSyntax or FloatValueSyntax => new TomlValue("a number", line),
        DateTimeValueSyntax => new TomlValue("a date", line),
        InlineTableSyntax => new TomlValue("a table", line),
        _ => new TomlValue("nothing", line),
    };

    private static List<TomlValue> ItemsOf(ArraySyntax list, int line)
    {
        var shift = line - list.Span.Start.Line;
        return [.. list.Items.Select(item => Of(item.Value, item.Span.Start.Line + shift))];
    }
}
