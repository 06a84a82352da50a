using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;

namespace AcmeKestrel.Tests.Desired;

/// <summary>A watcher that tells what a test has it tell.</summary>
internal sealed class ToldFolder : IFolderWatcher
{
    private IFolderListener? _listener;

    /// <summary>Why it cannot be watched; null: it can.</summary>
    public string? Failure { get; set; }

    /// <summary>How often somebody began to watch, or tried.</summary>
    public int Begun { get; private set; }

    public bool IsWatched => _listener is not null;

    public IDisposable Watch(string folder, IFolderListener listener)
    {
        Begun++;
        if (Failure is { } failure) throw new IOException(failure);

        _listener = listener;
        return new End(this, listener);
    }

    public void Touch(params string[] names)
    {
        foreach (var name in names) _listener!.Touched(name);
    }

    public void Miss() => _listener!.Missed();

    public void Lose(string? reason) => _listener!.Lost(reason);

    private sealed class End(ToldFolder folder, IFolderListener listener) : IDisposable
    {
        public void Dispose()
        {
            if (folder._listener == listener) folder._listener = null;
        }
    }
}
