using AcmeKestrel.LocalCa;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>A test's own reply reaches a client in memory as a socket would carry it, however wrong it is.</summary>
public sealed class InMemoryReplyTests
{
    [Theory]
    [InlineData("text/html; charset")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task A_content_type_of_any_form_arrives(string type)
    {
        var reply = await AskAsync(new LocalCaReply(500, [], type, "<html>"u8.ToArray()));

        Assert.Equal(type, reply.Header("Content-Type"));
    }

    [Theory]
    [InlineData("Content-Language", "de")]
    [InlineData("Content-Encoding", "gzip")]
    [InlineData("Expires", "soon")]
    [InlineData("Allow", "GET")]
    [InlineData("Retry-After", "soon")]
    public async Task A_header_arrives_wherever_the_platform_files_it(string name, string value)
    {
        var reply = await AskAsync(new LocalCaReply(500, [new(name, value)], "text/html", "<html>"u8.ToArray()));

        Assert.Equal(value, reply.Header(name));
    }

    private static async Task<Reply> AskAsync(LocalCaReply answer)
    {
        await using var ca = new LocalCaServer(new LocalCaServerOptions { Interceptor = (_, _, _) => ValueTask.FromResult(answer) });
        using var client = new TinyAcmeClient(ca.CreateHandler(), ca.DirectoryUrl);
        return await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, ca.DirectoryUrl));
    }
}
