using System.Text.Json;

namespace AcmeKestrel.Protocol.Answers;

/// <summary>
/// Reads problem documents (RFC 9457; RFC 8555 section 6.7). Errors come from proxies and CDNs too, so a body that is none is simply no problem document.
/// </summary>
internal static class ProblemReader
{
    /// <summary>One a name; CAs take a hundred names or so.</summary>
    private const int MaxSubproblems = 1000;

    public static AcmeProblem? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(JsonAnswer.WithoutByteOrderMark(body));
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : null;
        }
        catch (Exception broken) when (JsonAnswer.IsBroken(broken))
        {
            return null;
        }
    }

    /// <summary>Subproblems are one level deep (RFC 8555 section 6.7.1): what they hold of their own is left out.</summary>
    public static AcmeProblem Read(JsonElement problem) =>
        ReadAlone(problem, [.. problem.Items("subproblems").Where(item => item.ValueKind == JsonValueKind.Object).Take(MaxSubproblems).Select(item => ReadAlone(item, []))]);

    private static AcmeProblem ReadAlone(JsonElement problem, IReadOnlyList<AcmeProblem> subproblems) =>
        new(problem.Words("type") ?? "about:blank", problem.Words("detail") ?? problem.Words("title"), problem.Number("status"))
        {
            Instance = problem.Words("instance"),
            Identifier = problem.Object("identifier")?.Identifier(),
            Subproblems = subproblems,
            Algorithms = problem.WordsOf("algorithms"),
        };
}
