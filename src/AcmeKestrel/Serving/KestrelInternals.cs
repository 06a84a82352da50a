using System.Net;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving;

/// <summary>The members of Kestrel that automatic wiring needs and that are not public (as of .NET 10), all of them here and nowhere else.</summary>
internal static class KestrelInternals
{
    private const string SniSelectorName = "Microsoft.AspNetCore.Server.Kestrel.Core.Internal.SniOptionsSelector";
    private const string SniSelector = SniSelectorName + ", Microsoft.AspNetCore.Server.Kestrel.Core";

    /// <summary>Touches every member; false when this Kestrel has another shape. Then only the two public delegates are used.</summary>
    public static bool Probe()
    {
        try
        {
            var options = new KestrelServerOptions();
            EndpointDefaults(options);
            SetDevelopmentCertificate(options, null);
            SetIsDevelopmentCertificateLoaded(options, true);
            options.Listen(IPAddress.Loopback, 0, endpoint =>
            {
                SetHttpsOptions(endpoint, HttpsOptions(endpoint));
                SetHttpsCallbackOptions(endpoint, HttpsCallbackOptions(endpoint));
            });
            return CodeBackedListenOptions(options).TrueForAll(endpoint => Middleware(endpoint).Count == 0);
        }
#pragma warning disable CA1031 // A Kestrel of tomorrow may fail in any way, and the application starts all the same.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    /// <summary>The development certificate as Kestrel itself would find it.</summary>
    public static X509Certificate2? FindDevelopmentCertificate(ILogger<KestrelServer> logger)
    {
        try
        {
            return GetDevelopmentCertificateFromStore(null, logger);
        }
#pragma warning disable CA1031 // As above: without it there is a fallback of our own.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    /// <summary>Whether Kestrel binds copies of the endpoint, one for each address family.</summary>
    public static bool IsOnLocalhost(ListenOptions endpoint) => endpoint.GetType().Name == "LocalhostListenOptions";

    /// <summary>Whether this is what Kestrel makes of an endpoint's <c>Sni</c> section.</summary>
    public static bool IsSniSelector(object? state) => state?.GetType().FullName == SniSelectorName;

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_EndpointDefaults")]
    public static extern Action<ListenOptions> EndpointDefaults(KestrelServerOptions options);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_CodeBackedListenOptions")]
    public static extern List<ListenOptions> CodeBackedListenOptions(KestrelServerOptions options);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_DevelopmentCertificate")]
    public static extern void SetDevelopmentCertificate(KestrelServerOptions options, X509Certificate2? certificate);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_IsDevelopmentCertificateLoaded")]
    public static extern void SetIsDevelopmentCertificateLoaded(KestrelServerOptions options, bool isLoaded);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_HttpsOptions")]
    public static extern HttpsConnectionAdapterOptions? HttpsOptions(ListenOptions endpoint);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_HttpsOptions")]
    public static extern void SetHttpsOptions(ListenOptions endpoint, HttpsConnectionAdapterOptions? options);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_HttpsCallbackOptions")]
    public static extern TlsHandshakeCallbackOptions? HttpsCallbackOptions(ListenOptions endpoint);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_HttpsCallbackOptions")]
    public static extern void SetHttpsCallbackOptions(ListenOptions endpoint, TlsHandshakeCallbackOptions? options);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_middleware")]
    public static extern ref List<Func<ConnectionDelegate, ConnectionDelegate>> Middleware(ListenOptions endpoint);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "GetDevelopmentCertificateFromStore")]
    private static extern X509Certificate2? GetDevelopmentCertificateFromStore(KestrelServerOptions? owner, ILogger<KestrelServer> logger);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_endpointName")]
    public static extern ref readonly string EndpointName([UnsafeAccessorType(SniSelector)] object selector);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_onAuthenticateCallback")]
    public static extern ref Action<ConnectionContext, SslServerAuthenticationOptions>? OnAuthenticate([UnsafeAccessorType(SniSelector)] object selector);
}
