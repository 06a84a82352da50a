using System.Net.Sockets;
using System.Text;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Control;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>The socket in the state directory: who may speak to it, and what it makes of what is said.</summary>
public sealed class ControlSocketTests : CommandScene
{
    private string Path => System.IO.Path.Combine(State, "locks", "control");

    [Fact]
    public async Task It_is_its_owners_alone_and_gone_with_the_server()
    {
        var server = await ServeAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));

        await StopAsync(server);

        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task One_that_a_killed_process_left_is_replaced_and_answers_nobody_before()
    {
        await StopAsync(await ServeAsync());
        await File.WriteAllTextAsync(Path, "", Token);
        Assert.Contains("No server runs", (await AcmeAsync("status")).Errors, StringComparison.Ordinal);

        await ServeAsync();

        Assert.Contains("As the server says", (await AcmeAsync("status")).Errors, StringComparison.Ordinal);
    }

    /// <summary>A process that stood still for so long that another one got the state, and wakes up.</summary>
    [Fact]
    public async Task The_next_ones_stays_when_the_one_before_it_ends_late()
    {
        var control = (await ServeAsync()).Services.GetServices<IStateDuty>().OfType<ControlSocket>().Single();
        using var late = new CancellationTokenSource();
        using var next = new CancellationTokenSource();
        var former = control.RunAsync(null!, late.Token);
        var made = File.GetLastWriteTimeUtc(Path);
        var present = control.RunAsync(null!, next.Token);
        File.SetLastWriteTimeUtc(Path, made); // as coarse as a kernel's clock

        await late.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => former);

        Assert.Contains("As the server says", (await AcmeAsync("status")).Errors, StringComparison.Ordinal);
        await next.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => present);
        Assert.False(File.Exists(Path));
    }

    /// <summary>By whatever name: one that another process has bound and not shown yet is that one's.</summary>
    [Fact]
    public async Task What_another_process_is_about_to_show_stays_when_one_ends()
    {
        var server = await ServeAsync();
        await File.WriteAllTextAsync(Path + ".new", "", Token);

        await StopAsync(server);

        Assert.True(File.Exists(Path + ".new"));
    }

    [Fact]
    public async Task What_killed_processes_did_not_come_to_show_goes_with_the_next_start()
    {
        await StopAsync(await ServeAsync());
        foreach (var left in (string[])[".new", ".0a1b2c3d.new"]) await File.WriteAllTextAsync(Path + left, "", Token);

        await ServeAsync();

        Assert.Equal([Path], Directory.EnumerateFiles(System.IO.Path.GetDirectoryName(Path)!, "control*"));
    }

    [Theory]
    [InlineData("hello\n")]
    [InlineData("{}\n")]
    [InlineData("null\n")]
    [InlineData("{\"verb\":\"Explode\"}\n")]
    [InlineData("{\"verb\":99}\n")]
    [InlineData("{\"verb\":\"Get\"}\n")]
    [InlineData("\0\u0001\n")]
    public async Task Whatever_is_said_to_it_the_others_are_answered(string line)
    {
        await ServeAsync();
        using (var socket = await ConnectAsync())
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(line), Token);

            // It hangs up, or says that there is nothing.
            var said = new byte[64];
            while (await socket.ReceiveAsync(said, Token).AsTask().WaitAsync(Deadline, Token) > 0) continue;
        }

        Assert.Equal(0, (await AcmeAsync("status")).Exit);
    }

    [Fact]
    public async Task A_line_without_an_end_is_cut_off()
    {
        await ServeAsync();
        using var socket = await ConnectAsync();
        var flood = new byte[1 << 16];
        var sent = 0L;

        try
        {
            while (sent < 1 << 24) sent += await socket.SendAsync(flood, Token).AsTask().WaitAsync(Deadline, Token);
        }
        catch (SocketException)
        {
        }

        Assert.True(sent < 1 << 23, $"It took {sent} bytes.");
        Assert.Equal(0, (await AcmeAsync("status")).Exit);
    }

    [Fact]
    public async Task Whoever_watches_and_goes_leaves_room_for_others()
    {
        await ServeAsync();

        for (var i = 0; i < 100; i++)
        {
            using var socket = await ConnectAsync();
            await socket.SendAsync("{\"verb\":\"Watch\"}\n"u8.ToArray(), Token);
        }

        Assert.Equal(0, (await AcmeAsync("status")).Exit);
    }

    /// <summary>Each command that waits for an order watches: however many there are, the others find the server.</summary>
    [Theory]
    [InlineData("Watch")]
    [InlineData("Settled")]
    public async Task Whoever_waits_leaves_room_for_others(string verb)
    {
        var finalized = new TaskCompletionSource();
        Behaviour.Interceptor = async (request, next, _) =>
        {
            if (request.Resource == "finalize") await finalized.Task;
            return next(request);
        };
        Settings["Acme:Domains:0"] = "shop.test";
        await ServeAsync();
        var waiting = new List<Socket>();
        try
        {
            for (var i = 0; i < 64; i++)
            {
                waiting.Add(await ConnectAsync());
                await waiting[^1].SendAsync(Encoding.UTF8.GetBytes($"{{\"verb\":\"{verb}\"}}\n"), Token);
            }

            Assert.Contains("As the server says", (await AcmeAsync("status")).Errors, StringComparison.Ordinal);
        }
        finally
        {
            finalized.SetResult();
            waiting.ForEach(socket => socket.Dispose());
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path), Token);
        return socket;
    }
}
