namespace AcmeKestrel.Lifecycle;

/// <summary>The name a CA counts a host under.</summary>
internal static class RegisteredDomain
{
    /// <summary>The last two labels: without the public suffix list an estimate that counts too much rather than too little.</summary>
    public static string Of(string host)
    {
        var last = host.LastIndexOf('.');
        var before = last > 0 ? host.LastIndexOf('.', last - 1) : -1;
        return host[(before + 1)..];
    }
}
