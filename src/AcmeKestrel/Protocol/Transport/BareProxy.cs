using System.Net;

namespace AcmeKestrel.Protocol.Transport;

/// <summary>A proxy named without its user and password, which the platform would write into the message of a tunnel that failed. They are still its credentials.</summary>
internal sealed class BareProxy(IWebProxy proxy) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => proxy.Credentials;
        set => proxy.Credentials = value;
    }

    public Uri? GetProxy(Uri destination)
    {
        var url = proxy.GetProxy(destination);
        return url is { UserInfo.Length: > 0 } ? new UriBuilder(url) { UserName = "", Password = "" }.Uri : url;
    }

    public bool IsBypassed(Uri host) => proxy.IsBypassed(host);
}
