namespace AcmeKestrel.Lifecycle.Ordering.Finding;

/// <summary>The certificates that the state has: which order each came of is in its generation's name.</summary>
internal interface IStoredGenerations
{
    /// <summary>The newest of each label.</summary>
    IEnumerable<string> NewestGenerations { get; }
}
