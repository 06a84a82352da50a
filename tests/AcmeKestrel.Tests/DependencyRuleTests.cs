using System.Text.RegularExpressions;

namespace AcmeKestrel.Tests;

/// <summary>Who may use whom inside the library (docs/design.md), read from the compiled assembly, method bodies included.</summary>
public sealed partial class DependencyRuleTests
{
    private const string Root = "AcmeKestrel";

    /// <summary>A room may use those that it names here, and, where it names a room with rooms in it, all of them.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Certificates"] = [],
        ["Diagnostics"] = [],
        ["Protocol"] = ["Certificates", "Diagnostics"],
        ["Challenges"] = ["Certificates", "Diagnostics"],
        ["Storage"] = ["Diagnostics"],
        ["Zones"] = ["Certificates"],
        ["Configuration"] = ["Certificates", "Diagnostics", "Storage"],
        ["Serving"] = ["Certificates", "Diagnostics", "Configuration", "Challenges"],
        ["Desired"] = ["Certificates", "Diagnostics", "Configuration", "Storage"],
        ["Hooks"] = ["Certificates", "Diagnostics", "Configuration", "Storage"],

        ["Exports"] = ["Certificates", "Configuration", "Storage"],

        // In the order in which a certificate travels: each may use those above it.
        ["Lifecycle.Limits"] = ["Certificates"],
        ["Lifecycle.Planning"] = ["Certificates", "Configuration", "Protocol", "Lifecycle.Limits"],
        ["Lifecycle.Dispatching"] = ["Diagnostics"],
        ["Lifecycle.State"] = ["Certificates", "Diagnostics", "Protocol", "Storage", "Lifecycle.Planning"],
        ["Lifecycle.Providers"] = ["Certificates", "Diagnostics", "Protocol", "Storage", "Lifecycle.Limits", "Lifecycle.Planning", "Lifecycle.Dispatching", "Lifecycle.State"],
        ["Lifecycle.Accounts"] =
        [
            "Certificates", "Diagnostics", "Configuration", "Protocol", "Storage",
            "Lifecycle.Limits", "Lifecycle.Planning", "Lifecycle.Dispatching", "Lifecycle.State", "Lifecycle.Providers",
        ],
        ["Lifecycle.Proving"] = ["Certificates", "Diagnostics", "Challenges", "Configuration", "Storage", "Zones", "Lifecycle.Limits", "Lifecycle.Dispatching", "Lifecycle.State"],
        ["Lifecycle.Ordering"] =
        [
            "Certificates", "Diagnostics", "Protocol", "Challenges", "Storage", "Zones",
            "Lifecycle.Limits", "Lifecycle.Planning", "Lifecycle.State", "Lifecycle.Providers", "Lifecycle.Accounts", "Lifecycle.Proving",
        ],
        ["Lifecycle.Revoking"] =
        [
            "Certificates", "Diagnostics", "Protocol",
            "Lifecycle.Limits", "Lifecycle.Planning", "Lifecycle.State", "Lifecycle.Providers", "Lifecycle.Accounts",
        ],
        ["Lifecycle.Stored"] = ["Certificates", "Diagnostics", "Storage", "Lifecycle.Planning", "Lifecycle.State", "Lifecycle.Ordering"],
        ["Lifecycle.RunTime"] = ["Certificates", "Desired", "Storage", "Lifecycle.State"],
        ["Lifecycle.Telling"] = ["Certificates", "Diagnostics", "Desired", "Exports", "Lifecycle.Planning"],
        ["Lifecycle.Delivering"] = ["Certificates", "Diagnostics", "Configuration", "Storage", "Hooks", "Lifecycle.Limits", "Lifecycle.Planning", "Lifecycle.State", "Lifecycle.Telling"],
        ["Lifecycle"] = ["Certificates", "Diagnostics", "Challenges", "Configuration", "Storage", "Desired", "Exports", "Hooks", "Lifecycle"],

        ["Management"] = ["Certificates", "Diagnostics", "Configuration", "Protocol", "Storage", "Desired", "Hooks", "Lifecycle"],
        ["Telemetry"] = ["Certificates", "Diagnostics", "Configuration", "Exports", "Hooks", "Lifecycle"],
    };

    /// <summary>How the work of a room is done, below what its users see; each keeps the rule of that room.</summary>
    private static readonly string[] Below =
    [
        "Protocol.Answers", "Protocol.Messages", "Protocol.Signing", "Protocol.Transport", "Desired.Files", "Configuration.Collections", "Configuration.Hooks", "Configuration.OnDemand", "Configuration.Stores", "Configuration.Zones", "Hooks.Programs", "Management.Backups", "Management.Control", "Management.Copies", "Management.Requests",
        "Lifecycle.Planning.Renewals", "Lifecycle.Planning.Revocations", "Lifecycle.Exporting", "Lifecycle.OnDemand", "Lifecycle.Ordering.Finding", "Lifecycle.Ordering.Solving", "Serving.Finding", "Serving.Hellos", "Serving.OpenSsl", "Storage.Engine", "Storage.Files", "Storage.Files.Blocking", "Storage.Files.Kernel", "Certificates.Ports",
        "Certificates.International",
    ];

    [Fact]
    public void Rooms_use_only_the_rooms_they_may_use()
    {
        var violations = References()
            .Where(use => !MayUse(use.From, use.To))
            .Select(use => $"{use.From} -> {use.To}: {use.Where}")
            .Distinct()
            .ToList();

        Assert.Empty(violations);
    }

    [Fact]
    public void Every_room_is_named_in_the_rule()
    {
        var rooms = References().Select(use => use.From).Distinct();

        Assert.Equal(Allowed.Keys.Concat(Below).Order(), rooms.Order());
    }

    /// <summary>An allowance that nobody needs is a door that stands open.</summary>
    [Fact]
    public void Every_allowance_is_used()
    {
        var uses = References().Select(use => (From: RuleOf(use.From), use.To)).ToHashSet();
        var idle = Allowed.SelectMany(rule => rule.Value.Where(to => to != rule.Key && !uses.Any(use => use.From == rule.Key && IsIn(use.To, to))).Select(to => $"{rule.Key} -> {to}"));

        Assert.Empty(idle);
    }

    /// <summary>What the page says of a room is what is held against the code.</summary>
    [Fact]
    public void The_table_of_rooms_says_who_may_use_whom()
    {
        var rooms = Allowed.Keys.Where(room => !room.Contains('.', StringComparison.Ordinal)).ToList();
        var rules = rooms.ToDictionary(room => room, room => Allowed.Where(rule => IsIn(rule.Key, room)).SelectMany(rule => rule.Value).Select(to => to.Split('.')[0]).Where(to => to != room).Distinct().Order());
        var rows = RowsOfRooms().Matches(Page()).ToDictionary(row => row.Groups[1].Value, row => row.Groups[3].Value);

        Assert.Equal(rooms.Order(), rows.Keys.Order());
        Assert.All(rules, rule => Assert.Equal(rule.Value, Uses(rule.Key, rows[rule.Key])));

        IEnumerable<string> Uses(string room, string cell)
        {
            var named = Quoted().Matches(cell).Select(name => name.Groups[1].Value).ToList();
            return (cell.StartsWith("all but ", StringComparison.Ordinal) ? rooms.Except(named).Where(other => other != room) : named).Order();
        }
    }

    [Fact]
    public void Every_room_within_a_room_is_named_in_the_row_of_that_one()
    {
        var rows = RowsOfRooms().Matches(Page()).Concat(RowsOfLifecycle().Matches(Page())).Select(row => row.Value).ToList();

        Assert.DoesNotContain(Below, room => !rows.Exists(row => IsNamed(room, row)));

        // In the row of the one that it is in, or, of the rooms of Lifecycle, in a row of its own.
        static bool IsNamed(string room, string row) =>
            room.Split('.') is var parts && ((parts[0] == "Lifecycle" && row.StartsWith($"| `{parts[^1]}` |", StringComparison.Ordinal))
                || (row.Contains($"`{parts[^1]}`", StringComparison.Ordinal) && parts[..^1].Any(outer => row.StartsWith($"| `{outer}` |", StringComparison.Ordinal))));
    }

    /// <summary>What decides has no clock, no task and no file: the same situation gives the same decision.</summary>
    [Fact]
    public void Planning_and_limits_are_pure()
    {
        Type[] effects = [typeof(TimeProvider), typeof(Task), typeof(Task<>), typeof(ValueTask), typeof(ValueTask<>), typeof(Lock), typeof(File), typeof(Random), typeof(Environment), typeof(Microsoft.Extensions.Logging.ILogger)];

        var used = typeof(AcmeOptions).Assembly.GetTypes()
            .Where(type => Room(type) is "Lifecycle.Planning" or "Lifecycle.Planning.Renewals" or "Lifecycle.Planning.Revocations" or "Lifecycle.Limits")
            .SelectMany(type => TypeUses.Of(type).Where(effects.Contains).Select(effect => $"{type.Name} uses {effect.Name}")
                .Concat(TypeUses.MembersOf(type).Where(member => member.Name is "get_UtcNow" or "get_Now" or "NewGuid").Select(member => $"{type.Name} calls {member.Name}")))
            .Distinct();

        Assert.Empty(used);
    }

    private static string Page() => File.ReadAllText(Path.Combine(Repository.Root, "docs", "design.md"));

    private static bool MayUse(string from, string to) => RuleOf(from) is not { } rule || rule == RuleOf(to) || Allowed[rule].Any(allowed => IsIn(to, allowed));

    /// <summary>The rule for a room, or for the one it is in.</summary>
    private static string? RuleOf(string room) => Allowed.Keys.Where(rule => IsIn(room, rule)).MaxBy(rule => rule.Length);

    private static bool IsIn(string room, string outer) => room == outer || room.StartsWith(outer + ".", StringComparison.Ordinal);

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

    /// <summary>The namespace below the library's own; null for the public types in that one and for what is generated.</summary>
    private static string? Room(Type type) =>
        TypeUses.NamespaceOf(type) is var name && name.StartsWith(Root + ".", StringComparison.Ordinal) ? name[(Root.Length + 1)..] : null;

    [GeneratedRegex(@"^\| `([A-Z]\w+)` \| ([^|]+) \| ((?:nothing|all but |`)[^|]*) \|$", RegexOptions.Multiline)]
    private static partial Regex RowsOfRooms();

    [GeneratedRegex(@"^\| `([A-Z]\w+)` \| ([^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex RowsOfLifecycle();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
