using AcmeKestrel.CommandLine;
using SampleWeb;

return await AcmeCommandLine.RunAsync(args, invocation =>
{
    var builder = WebApplication.CreateBuilder(invocation.HostArguments);
    builder.Services.AddReverseProxy().LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"));
    builder.Services.AddAcme().AddYarpHosts().AddLocalCa();
    builder.Services.AddHostedService<SampleBackend>();
    if (!invocation.HasVerb) builder.Services.AddHostedService<StatusPrinter>();

    var app = builder.Build();
    app.UseHttpsRedirection();
    app.MapReverseProxy();
    return app;
});
