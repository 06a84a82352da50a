namespace AcmeKestrel;

/// <summary>Copies of the state that outlive it.</summary>
/// <remarks>A service of the library, not for implementation: members are added in minor versions. A fake of your own in a test then needs the new member, too.</remarks>
public interface IAcmeBackups
{
    /// <summary>
    /// Writes accounts, certificates, their keys, schedules, orders in flight and wishes to a new archive (a path that ends in <c>.tar.gz</c> or <c>.tgz</c>) or a new folder that only this user can read, reads it again, and only then gives it its name.
    /// Any process may, whoever has the state: each record is whole, and nothing is in none of the records, whatever a server does meanwhile.
    /// </summary>
    /// <returns>What it holds; damaged records of the state are named and are not in it.</returns>
    /// <exception cref="Storage.StoreUnavailableException">The state cannot be read, the path is taken or cannot be written, or what was written is not what was read again.</exception>
    Task<AcmeBackup> BackUpAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Reads a backup to its end, and tries each key and each certificate in it.</summary>
    /// <exception cref="Storage.StoreUnavailableException">It cannot be read, or is none.</exception>
    Task<AcmeBackup> CheckAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>
    /// Puts what a backup holds into the state, after all of it was looked at. What is there already is kept; done again after it was interrupted, it goes on. For a process whose host was not started, and while no other one has the state.
    /// </summary>
    /// <exception cref="Storage.StoreUnavailableException">The backup cannot be used, or a server runs on the state: nothing has changed.</exception>
    Task<AcmeRestoreResult> RestoreAsync(AcmeRestoreRequest request, CancellationToken cancellationToken = default);
}
