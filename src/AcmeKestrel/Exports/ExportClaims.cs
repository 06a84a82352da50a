using AcmeKestrel.Configuration;

namespace AcmeKestrel.Exports;

/// <summary>Who wants which file. Where two want one, by what placeholders come to, neither gets it: whose it was before cannot be known after a restart.</summary>
internal sealed class ExportClaims
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Claim>> _claims = new(ExportSetting.Paths);
    private IReadOnlyList<ExportSetting>? _exports;

    /// <summary>Labels that have a certificate claim all they are to have before the first of them gets it.</summary>
    /// <param name="labels">All of them; asked when the settings are other ones, or <see cref="Forget"/> was called.</param>
    public void Know(IReadOnlyList<ExportSetting> exports, Func<IEnumerable<string>> labels)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_exports, exports)) return;

            _exports = exports;
            _claims.Clear();
            foreach (var label in labels()) Add(label, ExportPlan.Of(exports, label));
        }
    }

    /// <summary>What was known is of another session.</summary>
    public void Forget()
    {
        lock (_gate) _exports = null;
    }

    /// <summary>Those that want the same files, which have to be told as well where that is new.</summary>
    public IReadOnlyList<string> Take(string label, IReadOnlyList<ExportFile> files)
    {
        lock (_gate) return Add(label, files);
    }

    /// <summary>The label has no certificate any more; those that may have its files now.</summary>
    public IReadOnlyList<string> Release(string label)
    {
        lock (_gate)
        {
            var freed = new List<string>();
            foreach (var file in ExportPlan.Of(_exports ?? [], label))
            {
                if (!_claims.TryGetValue(file.Path, out var claims) || claims.RemoveAll(claim => claim.Label == label) == 0) continue;
                freed.AddRange(claims.Select(claim => claim.Label));
                if (claims.Count == 0) _claims.Remove(file.Path);
            }

            return freed;
        }
    }

    /// <summary>Why the label does not get this file, or null.</summary>
    public string? FaultOf(string label, ExportFile file)
    {
        lock (_gate)
        {
            var others = _claims.GetValueOrDefault(file.Path, []).Where(claim => claim != new Claim(label, file.Setting.Key)).ToList();
            return others.Count == 0 ? null : $"{others[0].Key} brings {others[0].Label} to the same file, and one file takes one certificate: neither is written";
        }
    }

    private List<string> Add(string label, IReadOnlyList<ExportFile> files)
    {
        var others = new List<string>();
        foreach (var file in files)
        {
            if (!_claims.TryGetValue(file.Path, out var claims)) _claims[file.Path] = claims = new List<Claim>(1);
            var claim = new Claim(label, file.Setting.Key);
            if (claims.Contains(claim)) continue;

            others.AddRange(claims.Select(known => known.Label).Where(known => known != label));
            claims.Add(claim);
        }

        return others;
    }

    private sealed record Claim(string Label, string Key);
}
