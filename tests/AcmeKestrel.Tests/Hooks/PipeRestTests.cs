using System.IO.Pipes;
using System.Text;
using AcmeKestrel.Hooks.Programs;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>A program has ended, and what it said lies in the pipe: whoever was to read it has not come to it on a busy machine.</summary>
public sealed class PipeRestTests
{
    private readonly AnonymousPipeServerStream _said = new(PipeDirection.In);
    private readonly AnonymousPipeClientStream _program;
    private readonly ProgramOutput _output = new();

    public PipeRestTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Sessions are Linux' own.");
        _program = new AnonymousPipeClientStream(PipeDirection.Out, _said.ClientSafePipeHandle);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_of_it_is_read_and_the_end_is_not_waited_for(bool isHeldOpen)
    {
        using var over = new CancellationTokenSource();
        var reading = _said.ReadAsync(new byte[1], over.Token).AsTask();
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        _program.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("0123456789\n", 500)) + "the last words"));
        if (!isHeldOpen) await _program.DisposeAsync();

        Assert.True(OperatingSystem.IsLinux());
        PipeRest.Read(_said, _output);

        Assert.EndsWith("0123456789 | the last words", _output.End(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_waited_for_where_nothing_was_said()
    {
        Assert.True(OperatingSystem.IsLinux());
        PipeRest.Read(_said, _output);

        Assert.Equal("", _output.End());
    }
}
