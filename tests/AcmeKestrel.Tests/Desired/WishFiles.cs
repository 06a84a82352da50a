using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;
using AcmeKestrel.Tests.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Desired;

/// <summary>A state directory whose <c>desired/</c> and <c>want/</c> are read as an application reads them.</summary>
internal sealed class WishFiles : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("acme-wishes-").FullName;
    private readonly SortedDictionary<string, Wish> _wishes = new(StringComparer.Ordinal);
    private readonly FakeTimeProvider _time = new();
    private TestConfiguration _configuration;
    private DateTime _written = new(2026, 11, 1, 0, 0, 0, DateTimeKind.Utc);

    public WishFiles() => _configuration = Start();

    /// <summary>Of the last read, as a log would have them.</summary>
    public IReadOnlyList<string> Problems { get; private set; } = [];

    /// <summary>Labels that the last read told of.</summary>
    public IReadOnlyList<string> Changed { get; private set; } = [];

    public IReadOnlyDictionary<string, Wish> Wishes => _wishes;

    /// <summary>Writes a file, or touches it, later than the last one.</summary>
    public void Write(string file, string text)
    {
        var path = Path.Combine(_state, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        _written += TimeSpan.FromMinutes(1);
        File.SetLastWriteTimeUtc(path, _written);
    }

    public void Delete(string file) => File.Delete(Path.Combine(_state, file));

    public void Reload(params (string Key, string? Value)[] values) => _configuration.Reload([.. Settings, .. values]);

    public void Restart()
    {
        _configuration.Dispose();
        _configuration = Start();
        _wishes.Clear();
    }

    /// <returns>What is wished now: each label with its names.</returns>
    public async Task<string> ReadAsync()
    {
        var read = await _configuration.Services.GetRequiredService<IWishFeed>().GetChangesAsync(asksAll: true, TestContext.Current.CancellationToken);
        foreach (var change in read.Labels)
        {
            if (change.After is { } wish) _wishes[change.Label] = wish;
            else _wishes.Remove(change.Label);
        }

        (Problems, Changed) = ([.. read.Problems.Select(problem => $"{problem.Origin}: {problem.Message}")], [.. read.Labels.Select(change => change.Label).Order(StringComparer.Ordinal)]);
        return string.Join("; ", _wishes.Values.Select(wish => wish.Required is [var only] && only.Value == wish.Label ? wish.Label : $"{wish.Label}: {string.Join(' ', wish.Required)}"));
    }

    public void Dispose()
    {
        _configuration.Dispose();
        Directory.Delete(_state, recursive: true);
    }

    private (string, string?)[] Settings => [("Acme:Provider", "mine"), ("Acme:Providers:mine:Directory", "https://ca.test/dir"), ("Acme:StateDirectory", _state)];

    private TestConfiguration Start() => new(Settings, services =>
    {
        services.AddSingleton<TimeProvider>(_time);
        services.AddSingleton<IFolderWatcher, NoWatcher>();
        services.AddAcme();
    });

    private sealed class NoWatcher : IFolderWatcher
    {
        public IDisposable Watch(string folder, IFolderListener listener) => throw new IOException("no inotify here");
    }
}
