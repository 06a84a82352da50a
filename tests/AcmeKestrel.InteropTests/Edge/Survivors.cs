namespace AcmeKestrel.InteropTests.Edge;

/// <summary>What a state had when it was last looked at, by one process after the other that was killed on it.</summary>
internal sealed class Survivors(SampleEdge edge)
{
    private readonly Dictionary<string, string> _shown = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _accounts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _generations = new(StringComparer.Ordinal);
    private HashSet<string> _temporary = new(StringComparer.Ordinal);

    /// <summary>All that there ever were.</summary>
    public IReadOnlyCollection<string> Generations => _generations;

    /// <summary>Accounts' keys, by path.</summary>
    public IReadOnlyDictionary<string, string> Accounts => _accounts;

    /// <summary>Those that there are now.</summary>
    public void NoteGenerations() => _generations.UnionWith(Directory.EnumerateDirectories(edge.InState("certs"), "*@*").Select(path => Path.GetFileName(path)));

    /// <summary>Each label shows what it showed or a newer one, the keys of accounts are the same, and what a process left half written is gone as soon as the next one has told of a certificate.</summary>
    public void AssertNothingIsLost()
    {
        if (Directory.Exists(edge.InState("certs"))) LookAtCertificates();
        if (Directory.Exists(edge.InState("accounts"))) LookAtAccounts();
        if (Directory.Exists(edge.InState("tmp"))) LookAtTemporary();
    }

    private void LookAtCertificates()
    {
        NoteGenerations();
        var labels = StoredCertificates.Labels(edge.StateDirectory);
        Assert.Empty(_shown.Keys.Except(labels));
        foreach (var label in labels)
        {
            var generation = new DirectoryInfo(edge.InState("certs", label)).LinkTarget!;
            if (_shown.TryGetValue(label, out var before)) Assert.True(string.CompareOrdinal(generation, before) >= 0, $"{label} showed {before}, and shows {generation}");
            _shown[label] = generation;
        }
    }

    private void LookAtAccounts()
    {
        var real = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        var keys = Directory.EnumerateFiles(edge.InState("accounts"), "privkey", real).ToDictionary(path => path, File.ReadAllText, StringComparer.Ordinal);
        foreach (var (path, key) in _accounts) Assert.Equal(key, keys.GetValueOrDefault(path));
        foreach (var (path, key) in keys) _accounts[path] = key;
    }

    private void LookAtTemporary()
    {
        var now = Directory.EnumerateFileSystemEntries(edge.InState("tmp")).ToHashSet(StringComparer.Ordinal);
        if (edge.Process.Output.Contains(": served", StringComparison.OrdinalIgnoreCase)) Assert.Empty(now.Intersect(_temporary));
        _temporary = now;
    }
}
