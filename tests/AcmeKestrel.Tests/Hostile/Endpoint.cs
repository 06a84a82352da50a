namespace AcmeKestrel.Tests.Hostile;

/// <summary>A resource of a CA and the operation that asks it.</summary>
/// <param name="Path">As <see cref="FaultyTransport.FailingPath"/>.</param>
/// <param name="PrepareAsync">Brings the world to where the operation makes sense, and returns the operation; what that returns is checked further.</param>
internal sealed record Endpoint(string Name, string Path, AnswerKind Kind, Func<World, Task<Func<Task<object?>>>> PrepareAsync)
{
    /// <summary>The CA's end of the transport; null = the embedded CA.</summary>
    public Func<HttpMessageHandler>? Ca { get; init; }

    public string? DirectoryUrl { get; init; }
}
