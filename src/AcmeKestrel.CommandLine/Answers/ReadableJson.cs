using System.Text.Encodings.Web;
using System.Text.Json;

namespace AcmeKestrel.CommandLine;

/// <summary>Answers as a person reads them, too: they go to a terminal or into a file, and into no page.</summary>
internal static class ReadableJson
{
    public static AnswersJson Answers { get; } = new(new JsonSerializerOptions(AnswersJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
