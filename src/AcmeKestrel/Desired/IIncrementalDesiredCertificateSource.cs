namespace AcmeKestrel.Desired;

/// <summary>
/// An optional ability of a source with very many entries: it tells what changed, so that one entry of a hundred thousand costs one. It is asked in place of
/// <see cref="IDesiredCertificateSource.ListAsync"/>, which it has all the same. Made to be implemented, like that.
/// </summary>
public interface IIncrementalDesiredCertificateSource : IDesiredCertificateSource
{
    /// <summary>What the source says otherwise than at a position. Where it throws, or does not answer within 30 seconds (without keeping its thread), what it said last stays.</summary>
    /// <param name="since">The <see cref="DesiredChanges.Position"/> of an earlier answer; null: everything is asked for.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    ValueTask<DesiredChanges> ListChangesAsync(string? since, CancellationToken cancellationToken);
}
