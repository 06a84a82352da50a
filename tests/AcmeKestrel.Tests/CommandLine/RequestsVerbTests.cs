using System.Text.Json;
using AcmeKestrel.Management.Requests;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary><c>requests</c>: what is asked of the process that has the state, as long as it is on record.</summary>
public sealed class RequestsVerbTests : CommandScene
{
    [Fact]
    public async Task What_is_on_record_is_listed_without_what_is_secret()
    {
        var server = await ServeAsync();
        Assert.Equal(["No request is on record."], (await AcmeAsync("requests")).Output);
        var book = server.Services.GetRequiredService<RequestBook>();
        await server.StopAsync(Token);
        await book.PutAsync(book.Word(RequestVerb.Renew, "shop.test"), Token);
        await book.PutAsync(book.Word(RequestVerb.RecoverAccount) with { Provider = "test", Key = "secret-secret" }, Token);

        var said = await AcmeAsync("requests");
        Assert.Equal(0, said.Exit);
        Assert.Contains(said.Output, line => line.Contains(" Renew shop.test, asked by ", StringComparison.Ordinal) && line.EndsWith(": nobody has taken it up yet", StringComparison.Ordinal));
        var json = await AcmeAsync("requests", "--json");
        using var answer = JsonDocument.Parse(json.Text);
        Assert.Equal(2, answer.RootElement.GetProperty("requests").GetArrayLength());
        Assert.DoesNotContain("secret-secret", json.Text, StringComparison.Ordinal);
    }
}
