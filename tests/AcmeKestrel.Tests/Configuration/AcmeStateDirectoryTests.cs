namespace AcmeKestrel.Tests.Configuration;

public sealed class AcmeStateDirectoryTests
{
    [Fact]
    public void What_is_configured_wins_and_is_made_absolute()
    {
        Assert.Equal(Path.GetFullPath("state"), AcmeStateDirectory.Resolve(" state ", "app"));
        Assert.Equal("/var/acme", AcmeStateDirectory.Resolve("/var/lib/../acme", "app"));
    }

    [Theory]
    [InlineData("SampleWeb", "SampleWeb")]
    [InlineData("My App/../x", "My_App_.._x")]
    [InlineData("..", "app")]
    [InlineData("", "app")]
    public void The_default_lies_in_a_folder_of_the_application(string application, string folder)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 }, "The service manager gave a state directory.");

        var path = AcmeStateDirectory.Resolve(null, application);

        Assert.True(Path.IsPathFullyQualified(path));
        Assert.EndsWith($"/{folder}/acme", path, StringComparison.Ordinal);
    }
}
