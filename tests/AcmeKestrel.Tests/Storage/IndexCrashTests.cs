using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A machine that stops while the index is mended, made anew or written at a commit: the next list is what the folders hold, and the index is whole after it.</summary>
public sealed class IndexCrashTests
{
    private const string Part = "meta.json";
    private const string Index = "/state/index/certs";
    private const int Labels = 5;
    private const int CrashesPerStep = 8;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What it lacks is put at its end; torn, or full of what is gone, it is made anew of its own entries beside the old one.</summary>
    [Theory]
    [InlineData("missing", 4)]
    [InlineData("behind", 1)]
    [InlineData("torn", 5)]
    [InlineData("nonsense", 5)]
    [InlineData("full of what is gone", 5)]
    public async Task Stopped_at_any_step_of_mending_the_next_list_is_what_the_folders_hold(string spoiled, int leastSteps)
    {
        var (steps, finished) = (0, false);
        for (; !finished; steps++)
        {
            var files = new SimulatedFileSystem();
            using var store = Open(files);
            for (var label = 0; label < Labels; label++) await WriteAsync(store, Name(label, 1), $"{label}");
            Spoil(files, spoiled);
            files.StopAfter = steps;
            try
            {
                Assert.Equal(Labels, (await ListAsync(store)).Count);
                finished = true;
            }
            catch (MachineStopped)
            {
            }

            for (var seed = 0; seed < CrashesPerStep; seed++) await CheckAsync(files.AfterCrash(new Random(seed)), Enumerable.Range(0, Labels).ToDictionary(label => Name(label, 1), label => $"{label}"), $"{spoiled}, stopped after {steps}, seed {seed}");
        }

        Assert.True(steps > leastSteps, $"{steps} steps only: is nothing mended?");
    }

    /// <summary>By the list of all, and by a look at its label alone.</summary>
    [Fact]
    public async Task A_generation_whose_process_died_before_the_index_knew_of_it_is_there_after_the_restart()
    {
        var (unknownToTheIndex, finished) = (0, false);
        for (var stop = 0; !finished; stop++)
        {
            var files = new SimulatedFileSystem();
            using var store = Open(files);
            for (var label = 0; label < Labels; label++) await WriteAsync(store, Name(label, 1), $"{label}");
            files.StopAfter = stop;
            try
            {
                await WriteAsync(store, Name(2, 2), "new");
                finished = true;
            }
            catch (MachineStopped)
            {
            }

            for (var seed = 0; seed < CrashesPerStep; seed++)
            {
                var left = files.AfterCrash(new Random(seed));
                var isCommitted = left.Find($"/state/certs/{Name(2, 2)}") is not null;
                if (isCommitted && !Indexed(left).Names.Contains(Name(2, 2))) unknownToTheIndex++;
                using (var next = Open(left))
                {
                    var ofLabel = new List<string>();
                    await foreach (var record in next.ListAsync(new StoreQuery(RecordKind.Certificate) { Prefix = "n2.test@" }, Cancel)) ofLabel.Add($"{record.Key.Name} {Text(record.Content.Find(Part))}");
                    Assert.Equal(isCommitted ? [$"{Name(2, 1)} 2", $"{Name(2, 2)} new"] : [$"{Name(2, 1)} 2"], ofLabel);
                    Assert.Equal(isCommitted, await next.ReadAsync(new RecordKey(RecordKind.Certificate, Name(2, 2)), Cancel) is { Error: null });
                }

                var heads = Enumerable.Range(0, Labels).ToDictionary(label => Name(label, label == 2 && isCommitted ? 2 : 1), label => label == 2 && isCommitted ? "new" : $"{label}");
                await CheckAsync(left, heads, $"stopped after {stop}, seed {seed}");
            }
        }

        Assert.True(unknownToTheIndex > 0, "In no crash was a record there of which the index did not know.");
    }

    /// <summary>Twice: the first list mends, and the second is of what it mended.</summary>
    private static async Task CheckAsync(SimulatedFileSystem files, Dictionary<string, string> expected, string when)
    {
        for (var look = 0; look < 2; look++)
        {
            using var store = Open(files);
            var heads = await ListAsync(store);
            Assert.True(expected.Count == heads.Count && expected.All(head => heads.GetValueOrDefault(head.Key) == head.Value), $"{when}, look {look}: {string.Join(", ", heads)}");
        }

        var (indexed, isWhole) = Indexed(files);
        Assert.True(isWhole && expected.Keys.All(indexed.Contains), $"{when}: the index has {string.Join(", ", indexed)}");
        Assert.Empty(files.List("/state/tmp"));
    }

    private static void Spoil(SimulatedFileSystem files, string how)
    {
        var whole = files.ReadFile(Index)!.Bytes;
        files.Delete(Index);
        if (how == "missing") return;

        files.CreateFile(Index, how switch { "torn" => whole[..^7], "nonsense" => "<html>"u8.ToArray(), "full of what is gone" => whole, _ => [.. PartIndex.Format] }, new FileAccessRights(FileModes.PrivateFile));
        files.Sync(Index);
        if (how == "full of what is gone") new PartIndex(files, new AtomicFiles(files, "/state/tmp"), Index).Append(Enumerable.Range(0, 100).Select(gone => (Name(100 + gone, 1), (ReadOnlyMemory<byte>)"gone"u8.ToArray())));
    }

    /// <summary>What the index says there is.</summary>
    internal static (List<string> Names, bool IsWhole) Indexed(SimulatedFileSystem files)
    {
        using var reader = new PartIndex(files, new AtomicFiles(files, "/state/tmp"), Index).Read();
        var names = new List<string>();
        while (reader.TryRead(out var name, out _)) names.Add(name);
        return (names, reader.IsWhole);
    }

    internal static StateDirectoryStore Open(SimulatedFileSystem files) => new(new StateDirectoryOptions("/state", null), new FakeTimeProvider(), NullLogger<StateDirectoryStore>.Instance, files);

    private static string Name(int label, int generation) => $"n{label}.test@2026010{generation}T000000Z-00000000";

    private static async Task WriteAsync(IAcmeStore store, string name, string meta)
    {
        RecordPart[] parts = [new("fullchain", "chain"u8.ToArray()), new("privkey", "key"u8.ToArray(), secret: true), new(Part, Encoding.UTF8.GetBytes(meta))];
        await store.WriteAsync(new StoreWrite(new RecordKey(RecordKind.Certificate, name), new RecordContent(parts)), Cancel);
    }

    private static async Task<Dictionary<string, string?>> ListAsync(IAcmeStore store)
    {
        var heads = new Dictionary<string, string?>();
        await foreach (var head in store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, Part), Cancel)) heads[head.Key.Name] = Text(head.Bytes);
        return heads;
    }

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } found ? Encoding.UTF8.GetString(found.Span) : null;
}
