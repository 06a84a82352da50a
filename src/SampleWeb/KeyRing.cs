using Microsoft.AspNetCore.DataProtection;

namespace SampleWeb;

/// <summary>The keys of Data Protection, by which <c>Acme:Store:ProtectSecrets</c> and <c>Acme:Store:Cache</c> encrypt.</summary>
internal static class KeyRing
{
    /// <summary>
    /// <c>DataProtection:Keys</c>: a folder that they lie in, the same on all machines of a fleet. The application has a name of its own then, since it would be the path that it is installed at.
    /// Not set: each machine has its own, wherever ASP.NET Core keeps them.
    /// </summary>
    public static void AddKeyRing(this WebApplicationBuilder builder)
    {
        if (builder.Configuration["DataProtection:Keys"] is not { Length: > 0 } folder) return;

        builder.Services.AddDataProtection().SetApplicationName("SampleWeb").PersistKeysToFileSystem(new DirectoryInfo(folder));
    }
}
