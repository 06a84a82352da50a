using System.Net;
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
        catch (MissingMemberException)
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
        catch (MissingMemberException)
        {
            return null;
        }
    }

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
}
