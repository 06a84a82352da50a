using System.Net;
using System.Net.Sockets;
using AcmeKestrel.LocalCa.Issuing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.LocalCa.Hosting;

/// <summary>Where the CA lives: its folder and its URL, both needed before its listener starts, because the library reads the provider's first.</summary>
internal sealed class LocalCaHome(IOptions<LocalCaOptions> options, IHostEnvironment environment, TimeProvider time, ILogger<LocalCaHome> logger) : IHierarchyWitness, IDisposable
{
    private readonly Lock _gate = new();
    private Socket? _reserved;
    private Hierarchy? _hierarchy;
    private Uri? _url;

    public LocalCaSettings Settings { get; } = LocalCaSettings.Parse(options.Value, environment.IsDevelopment());

    /// <summary>The directory's URL with its real port.</summary>
    public Uri Url
    {
        get
        {
            lock (_gate) return _url ??= Settings.Url.Port == 0 ? Reserve() : Settings.Url;
        }
    }

    /// <summary>The socket that holds a port taken for 0. Whoever takes it closes it.</summary>
    public Socket? TakeReserved()
    {
        lock (_gate)
        {
            var socket = _reserved;
            _reserved = null;
            return socket;
        }
    }

    /// <param name="stateDirectory">As configured for the library; null = its default.</param>
    public HierarchyFolder Folder(string? stateDirectory) => new(FolderPath(stateDirectory));

    /// <summary>Root and intermediate, made at the first call; null where the folder does not allow it.</summary>
    public Hierarchy? Open(string? stateDirectory)
    {
        lock (_gate)
        {
            try
            {
                return _hierarchy ??= Folder(stateDirectory).Open(time.GetUtcNow(), this);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                logger.LocalCaCannotKeepKeys(FolderPath(stateDirectory), error);
                return null;
            }
        }
    }

    public void Dispose() => TakeReserved()?.Dispose();

    void IHierarchyWitness.Made(string rootPath) => logger.LocalCaMadeCertificate(rootPath);

    void IHierarchyWitness.Replaces(string rootPath, string reason) => logger.LocalCaReplacesRoot(rootPath, reason);

    void IHierarchyWitness.WasOpen(string path, UnixFileMode mode, bool isClosed) => logger.LocalCaWasOpen(path, mode, isClosed ? "no longer is" : "still is, because its volume keeps no other mode");

    private string FolderPath(string? stateDirectory) => Path.GetFullPath(Settings.Directory ?? Path.Combine(AcmeStateDirectory.Resolve(stateDirectory, environment.ApplicationName), "local-ca"));

    private Uri Reserve()
    {
        var address = Settings.Url.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(Settings.Url.Host.Trim('[', ']'));
        _reserved = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _reserved.Bind(new IPEndPoint(address, 0));
        return new UriBuilder(Settings.Url) { Port = ((IPEndPoint)_reserved.LocalEndPoint!).Port }.Uri;
    }
}
