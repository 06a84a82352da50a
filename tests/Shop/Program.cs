var builder = WebApplication.CreateBuilder(args);
builder.Services.AddAcme();

var app = builder.Build();
app.MapGet("/", () => "Hello from the shop");
app.Run();
