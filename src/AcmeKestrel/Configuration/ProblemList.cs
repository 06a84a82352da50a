namespace AcmeKestrel.Configuration;

/// <summary>Collects everything that is wrong, each under its key.</summary>
internal sealed class ProblemList(string section)
{
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    public void Add(string key, string message) => _problems.Add($"{section}:{key}: {message}");
}
