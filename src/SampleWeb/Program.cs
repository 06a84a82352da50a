using AcmeKestrel.CommandLine;
using SampleWeb;

return await AcmeCommandLine.RunAsync(args, invocation =>
{
    var builder = WebApplication.CreateBuilder(invocation.HostArguments);
    builder.Services.AddReverseProxy().LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"));
    builder.Services.AddAcme().AddDns().AddRedis().AddPostgreSql().AddYarpHosts().AddLocalCa();
    builder.AddKeyRing();
    builder.Services.AddHostedService<SampleBackend>();
    if (!invocation.HasVerb)
    {
        // A verb runs beside the server, which has the address already.
        builder.Services.AddHostedService<StatusPrinter>();
        builder.AddManagement();
    }

    var app = builder.Build();
    app.UseHttpsRedirection();
    app.MapReverseProxy();
    return app;
});
