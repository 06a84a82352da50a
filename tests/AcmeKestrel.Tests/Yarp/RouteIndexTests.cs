using AcmeKestrel.Desired;
using AcmeKestrel.Yarp;
using CsCheck;
using Yarp.ReverseProxy.Configuration;

namespace AcmeKestrel.Tests.Yarp;

/// <summary>Whatever routes come and go: what was told of the changes, taken together, is what reading all of them anew says.</summary>
public sealed class RouteIndexTests
{
    private static readonly Gen<RouteConfig[]> Routes = Gen.Select(Gen.Int[0, 5], Gen.OneOf(Gen.Const("a.test"), Gen.Const("A.test"), Gen.Const("b.test"), Gen.Const("bad host"), Gen.Const("*")).Array[0, 3], Gen.Int[0, 9])
        .Select((id, hosts, word) => RouteHostsTests.Route($"r{id}", hosts) with { Metadata = word switch { 0 => With("false"), 1 => With("?"), _ => null } })
        .Array[0, 6];

    [Fact]
    public void The_changes_taken_together_are_what_is_there() => Gen.Select(Routes.Array[1, 6], Gen.Int[1, 3]).Sample((states, pace) =>
    {
        var (index, kept, position) = (new RouteIndex(), new Dictionary<string, DesiredCertificates>(), 0L);
        for (var turn = 0; turn < states.Length; turn++)
        {
            index.Take(states[turn]);
            if (turn % pace != 0) continue;

            foreach (var (id, said) in Assert.IsType<Dictionary<string, DesiredCertificates>>(index.ChangedSince(position))) kept[id] = said;
            position = index.State;

            var anew = new RouteIndex();
            anew.Take(states[turn]);
            Assert.Equal(Text(anew.All()), Text(kept));
            Assert.Equal(Text(anew.All()), Text(index.All()));
        }
    });

    [Fact]
    public void A_route_that_stays_as_it_is_is_not_told_again()
    {
        var index = new RouteIndex();
        index.Take([RouteHostsTests.Route("a", ["a.test"]), RouteHostsTests.Route("b", ["b.test"])]);
        var state = index.State;

        index.Take([RouteHostsTests.Route("a", ["a.test"]), RouteHostsTests.Route("b", ["c.test"])]);

        Assert.Equal(["b"], index.ChangedSince(state)!.Keys);
        Assert.Empty(index.ChangedSince(index.State)!);
    }

    [Fact]
    public void Whoever_was_away_for_too_long_is_told_all()
    {
        var index = new RouteIndex();
        index.Take([RouteHostsTests.Route("a", ["a.test"])]);
        var state = index.State;

        for (var change = 0; change < 2000; change++) index.Take([RouteHostsTests.Route("a", [$"n{change}.test"])]);

        Assert.Null(index.ChangedSince(state));
        Assert.Null(index.ChangedSince(index.State + 1));
        Assert.NotNull(index.ChangedSince(index.State - 1));
    }

    private static Dictionary<string, string> With(string word) => new() { ["Acme"] = word };

    private static IEnumerable<string> Text(Dictionary<string, DesiredCertificates> said) => said.Values
        .SelectMany(route => route.Certificates.Select(certificate => $"{certificate.Names[0]} {certificate.Origin}").Concat(route.Problems.Select(problem => $"{problem.Origin} {problem.Message}")))
        .Order(StringComparer.Ordinal);
}
