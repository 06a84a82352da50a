using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>Every operation of a client against every fault of a CA: the right exception, the right number of requests, and a client that works on.</summary>
public sealed class ProtocolMatrixTests
{
    /// <summary>The chunk a body is read in.</summary>
    private const int Chunk = 16 * 1024;

    public static TheoryData<string, string> Cells()
    {
        var cells = new TheoryData<string, string>();
        foreach (var endpoint in Endpoints.All)
        {
            foreach (var fault in Faults.All) cells.Add(endpoint.Name, fault.Name);
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Every_fault_of_every_endpoint_is_judged_in_a_bounded_number_of_requests(string endpointName, string faultName)
    {
        var (endpoint, fault) = (Endpoints.Named(endpointName), Faults.Named(faultName));
        await using var world = new World(endpoint.Ca?.Invoke(), endpoint.DirectoryUrl);
        var operation = await endpoint.PrepareAsync(world);
        // Older nonces are not used: each operation has to ask for one.
        world.Time.Advance(TimeSpan.FromMinutes(4));
        world.Transport.Requests.Clear();
        (world.Transport.Fault, world.Transport.FailingPath) = (fault, endpoint.Path);

        var (result, thrown) = await TryAsync(operation);

        var expected = fault.Means(endpoint.Kind);
        Assert.Equal(expected, thrown?.Fault);
        if (thrown is null) Assert.True(IsSafe(result), $"{result} holds a token that is none");
        else AssertTells(thrown, fault, endpoint.Kind);

        var signed = endpoint.Kind is not (AnswerKind.Directory or AnswerKind.RenewalInfo or AnswerKind.Nonce);
        Assert.Equal(signed ? fault.Requests : 1, world.Transport.Hits);
        Assert.InRange(world.Transport.Requests.Count, world.Transport.Hits, world.Transport.Hits + 3);
        Assert.InRange(world.Transport.Flood.Longest, 0, AcmePost.JsonLimit + Chunk);
        if (fault.Name.StartsWith("an announced", StringComparison.Ordinal)) Assert.Equal(0, world.Transport.Flood.Read);

        var (again, refused) = await RecoverAsync(world, operation);

        Assert.Equal(0, world.Transport.StaleNonces);
        Secrets.AssertNoneIn([.. world.Log.Lines, $"{thrown}", $"{refused}", $"{again}"], world.PrivateKeys, world.Transport.Signatures);
    }

    private static void AssertTells(AcmeException thrown, Fault fault, AnswerKind kind)
    {
        Assert.Equal(fault.RetryAfter, thrown.RetryAfter);
        Assert.DoesNotContain(thrown.Message, char.IsControl);
        Assert.True(thrown.Message.Contains(fault.Says, StringComparison.Ordinal) || Misses(thrown, kind), thrown.Message);
        Assert.Equal(thrown.Fault is AcmeFault.Connection or AcmeFault.Server or AcmeFault.RateLimited, thrown.IsProviderFault);
    }

    /// <summary>An answer that looks right but for what matters is judged by that alone; what is not signed knows no badNonce.</summary>
    private static bool Misses(AcmeException thrown, AnswerKind kind) => kind switch
    {
        AnswerKind.Nonce => thrown.Message.EndsWith("without a nonce.", StringComparison.Ordinal),
        AnswerKind.Location or AnswerKind.Json => thrown.Message is "The CA sent no account URL (Location)." or "The CA sent no order URL (Location).",
        AnswerKind.Directory or AnswerKind.RenewalInfo => thrown.Message.Contains("answered 400: ", StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>Once the fault is over the same client does the same, or is told by the CA itself that it is done already.</summary>
    private static async Task<(object? Again, AcmeException? Refused)> RecoverAsync(World world, Func<Task<object?>> operation)
    {
        world.Transport.Fault = null;
        var processed = world.Transport.Processed.Count;
        var (again, refused) = await TryAsync(operation);
        if (refused is not null) Assert.True(refused is { Fault: AcmeFault.Rejected, Problem: not null }, $"{refused}");
        Assert.True(world.Transport.Processed.Count > processed || again is AcmeDirectory);
        Assert.NotNull(await world.Client.GetDirectoryAsync(World.Ct));
        return (again, refused);
    }

    private static bool IsSafe(object? result) => result switch
    {
        AcmeAuthorization authorization => authorization.Challenges.All(IsSafe),
        AcmeChallenge { Token: { } token } => token.Length >= 22 && !token.Contains('/', StringComparison.Ordinal),
        _ => true,
    };

    private static async Task<(object? Result, AcmeException? Thrown)> TryAsync(Func<Task<object?>> operation)
    {
        try
        {
            return (await operation(), null);
        }
        catch (AcmeException thrown)
        {
            return (null, thrown);
        }
    }
}
