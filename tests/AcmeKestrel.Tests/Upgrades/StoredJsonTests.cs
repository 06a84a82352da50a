using System.Text.Json;

namespace AcmeKestrel.Tests.Upgrades;

/// <summary>
/// An earlier version did not write all that this one reads, a later one may write more, and a hand may leave anything. What is read is whole, or is said to be damaged: a null where none is expected is found by whoever meets it, long
/// after the start. System.Text.Json's generated readers set what JSON lacks to null, whatever an initializer says.
/// </summary>
public sealed class StoredJsonTests
{
    public static TheoryData<string> Types => [.. StoredType.All.Keys];

    [Fact]
    public void Every_kind_of_record_is_among_them() => Assert.Superset(
        new HashSet<string> { "AccountFacts", "GenerationMeta", "Schedule", "Revocation", "LedgerState", "PendingOrder", "StoredAnswer", "DnsLeftover", "OnDemandName", "AcmeCertificateRequest", "StoredRequest", "OwedOfLabel", "HookTrouble" },
        StoredType.All.Keys.ToHashSet());

    [Theory]
    [MemberData(nameof(Types))]
    public void What_is_filled_is_read_as_it_was_written(string type)
    {
        var stored = StoredType.All[type];
        foreach (var filled in FilledJson.Of(stored))
        {
            var read = stored.Read(filled)!;
            var written = JsonDocument.Parse(stored.Write(read)).RootElement;

            Assert.Empty(ReadValue.FaultsOf(stored, read, written));
            Assert.Empty(Lost(JsonDocument.Parse(filled).RootElement, written, "$"));
            Assert.Equal(stored.Write(read), stored.Write(stored.Read(stored.Write(read))!));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void What_lacks_a_member_is_whole_or_damaged(string type) => AssertWhole(type, ChangedJson.WithoutOne);

    [Theory]
    [MemberData(nameof(Types))]
    public void What_has_a_null_is_whole_or_damaged(string type) => AssertWhole(type, ChangedJson.WithOneNull);

    [Theory]
    [MemberData(nameof(Types))]
    public void What_a_later_version_added_is_passed_over(string type)
    {
        var stored = StoredType.All[type];
        foreach (var filled in FilledJson.Of(stored))
        {
            var written = stored.Write(stored.Read(filled)!);

            Assert.Equal(written, stored.Write(stored.Read(ChangedJson.WithUnknown(stored, written))!));
        }
    }

    private static void AssertWhole(string type, Func<StoredType, string, IEnumerable<ChangedJson>> changes)
    {
        var stored = StoredType.All[type];
        var faults =
            from filled in FilledJson.Of(stored)
            from changed in changes(stored, stored.Write(stored.Read(filled)!))
            from fault in FaultsOf(stored, changed)
            select $"{changed.Path}: {fault}";

        Assert.Equal("", string.Join('\n', faults.Distinct()));
    }

    private static IEnumerable<string> FaultsOf(StoredType stored, ChangedJson changed)
    {
        if (stored.Read(changed.Json) is { } read) return ReadValue.FaultsOf(stored, read, JsonDocument.Parse(changed.Json).RootElement);
        return changed.MayBeMissing ? ["is not read, though it may be null"] : [];
    }

    /// <summary>Members that were given and not taken.</summary>
    private static IEnumerable<string> Lost(JsonElement given, JsonElement taken, string path) => given.ValueKind switch
    {
        JsonValueKind.Object => given.EnumerateObject().SelectMany(member => taken.TryGetProperty(member.Name, out var kept) ? Lost(member.Value, kept, $"{path}.{member.Name}") : [$"{path}.{member.Name}"]),
        JsonValueKind.Array => given.EnumerateArray().Zip(taken.EnumerateArray()).SelectMany(pair => Lost(pair.First, pair.Second, path + "[]")),
        _ => JsonElement.DeepEquals(given, taken) ? [] : [path],
    };
}
