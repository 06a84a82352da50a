namespace AcmeKestrel.Storage.Files.Blocking;

/// <summary>Runs what calls the file system on threads that may block, and says what failed in terms of the state directory. One queue for all: the ten thousand reads of a start do not go before a handshake that came first.</summary>
/// <param name="root">The state directory.</param>
internal sealed class FileWork(string root) : IDisposable
{
    private readonly FileThreads _threads = new();

    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                return work();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new StoreUnavailableException($"The state directory '{root}' (Acme:StateDirectory) cannot be used: {e.Message}", e);
            }
        },
        cancellationToken,
        TaskCreationOptions.DenyChildAttach,
        _threads);

    public void Dispose() => _threads.Dispose();
}
