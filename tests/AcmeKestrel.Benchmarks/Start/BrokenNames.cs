using System.Security.Authentication;

namespace AcmeKestrel.Benchmarks.Start;

/// <summary>Whom certificates cost anything that cannot be read: visitors of their own names, who get the one before it, or what unknown names get where there is none.</summary>
internal static class BrokenNames
{
    /// <exception cref="AuthenticationException">A neighbour of theirs is not served.</exception>
    public static async Task<string> VisitAsync(StartedServer server, StartState state)
    {
        var (ended, earlier, unknown) = (0, 0, 0);
        foreach (var name in state.Broken)
        {
            var subject = await server.ShownAsync(name);
            if (subject is null) ended++;
            else if (subject == $"CN={name}") earlier++;
            else if (subject == "CN=AcmeKestrel fallback") unknown++;
            else throw new InvalidOperationException($"{name} was shown {subject}.");
        }

        var (broken, neighbours) = (state.Broken.ToHashSet(), 0);
        for (var place = 1; place < state.Names.Count - 1; place++)
        {
            if (!broken.Contains(state.Names[place])) continue;

            await server.HandshakeAsync(state.Names[place - 1]);
            await server.HandshakeAsync(state.Names[place + 1]);
            neighbours += 2;
        }

        return $"{state.Broken.Count} cannot be read: {earlier} visitors got the certificate before it, {unknown} what unknown names get, of {ended} the connection ended; {neighbours} neighbours served";
    }
}
