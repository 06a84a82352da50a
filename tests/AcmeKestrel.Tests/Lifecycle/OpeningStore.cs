using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A store that knows the names of its certificates, and takes until a task ends to tell what is in them.</summary>
internal sealed class OpeningStore(IAcmeStore inner, IReadOnlyCollection<string> certificates, Task opened) : DelegatingStore(inner)
{
    private int _nameLists;

    /// <summary>Before it tells them.</summary>
    public Task NamesAfter { get; init; } = Task.CompletedTask;

    /// <summary>How often the names of the certificates' records were listed besides.</summary>
    public int NameLists => _nameLists;

    public override async IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await NamesAfter.WaitAsync(cancellationToken);
        query.Named?.Invoke(certificates);
        await opened.WaitAsync(cancellationToken);
        await foreach (var part in base.ListHeadsAsync(query, cancellationToken)) yield return part;
    }

    public override IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, CancellationToken cancellationToken)
    {
        if (query.Kind == RecordKind.Certificate) Interlocked.Increment(ref _nameLists);
        return base.ListEntriesAsync(query, cancellationToken);
    }
}
