using AcmeKestrel.CommandLine;
using SampleWeb;

var command = AcmeCommand.Parse(args);
var builder = WebApplication.CreateBuilder(command.HostArguments);

builder.Services.AddReverseProxy().LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"));
builder.Services.AddAcme().AddYarpHosts().AddLocalCa();
builder.Services.AddHostedService<SampleBackend>();
if (!command.IsGiven) builder.Services.AddHostedService<StatusPrinter>();

var app = builder.Build();
app.UseHttpsRedirection();
app.MapReverseProxy();

return await command.RunAsync(app);
