// The smallest application with automatic TLS, as one native executable.
var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.UseKestrelHttpsConfiguration();
builder.Services.AddAcme();

var app = builder.Build();
app.MapGet("/", () => "Hello from a native executable");
app.Run();
