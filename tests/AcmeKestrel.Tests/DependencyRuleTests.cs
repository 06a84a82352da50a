namespace AcmeKestrel.Tests;

/// <summary>Who may use whom inside the library (docs/design.md), read from the compiled assembly, method bodies included.</summary>
public sealed class DependencyRuleTests
{
    private const string Root = "AcmeKestrel";

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Certificates"] = [],
        ["Diagnostics"] = ["Certificates"],
        ["Protocol"] = ["Certificates", "Diagnostics"],
        ["Challenges"] = ["Certificates", "Diagnostics"],
        ["Storage"] = ["Certificates", "Diagnostics"],
        ["Configuration"] = ["Certificates", "Diagnostics"],
        ["Serving"] = ["Certificates", "Diagnostics", "Configuration", "Challenges"],
        ["Desired"] = ["Certificates", "Diagnostics", "Configuration", "Storage"],
        ["Lifecycle"] = ["Certificates", "Diagnostics", "Configuration", "Protocol", "Challenges", "Storage", "Desired"],
        ["Management"] = ["Certificates", "Diagnostics", "Configuration", "Protocol", "Storage", "Lifecycle"],
    };

    [Fact]
    public void Rooms_use_only_the_rooms_they_may_use()
    {
        var violations = References()
            .Where(use => use.From != use.To && Allowed.TryGetValue(use.From, out var allowed) && !allowed.Contains(use.To))
            .Select(use => $"{use.From} -> {use.To}: {use.Where}")
            .Distinct()
            .ToList();

        Assert.Empty(violations);
    }

    [Fact]
    public void Every_room_is_named_in_the_rule()
    {
        var rooms = References().Select(use => use.From).Where(room => room.Length > 0).Distinct();

        Assert.Empty(rooms.Except(Allowed.Keys));
    }

    private static IEnumerable<(string From, string To, string Where)> References()
    {
        var assembly = typeof(AcmeOptions).Assembly;

        foreach (var type in assembly.GetTypes())
        {
            if (Room(type) is not { Length: > 0 } from) continue;

            foreach (var used in TypeUses.Of(type))
            {
                if (used.Assembly == assembly && Room(used) is { Length: > 0 } to) yield return (from, to, type.FullName!);
            }
        }
    }

    private static string? Room(Type type) =>
        TypeUses.NamespaceOf(type) is var name && name.StartsWith(Root + ".", StringComparison.Ordinal) ? name[(Root.Length + 1)..].Split('.')[0] : null;
}
