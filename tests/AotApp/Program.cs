using AcmeKestrel;

// The smallest application with automatic TLS, as one native executable. It says where each name stands, until it stops.
var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.UseKestrelHttpsConfiguration();
builder.Services.AddAcme().AddDns().AddPostgreSql();

var app = builder.Build();
app.MapGet("/", () => "Hello from a native executable");
_ = TellAsync(app.Services.GetRequiredService<IAcmeCertificates>(), app.Lifetime.ApplicationStopping);
app.Run();

static async Task TellAsync(IAcmeCertificates certificates, CancellationToken stopping)
{
    await foreach (var change in certificates.WatchAsync(stopping))
    {
        if (change.Status is { } status) Console.WriteLine(status);
    }
}
