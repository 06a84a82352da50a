namespace AcmeKestrel.Tests.Fleet;

/// <summary>
/// The lease, the fences and the write-ahead steps of one order (docs/design.md, "What is on disk before which request"), as a machine that can be in so many states: an engine, a CA and some nodes. Each action is one
/// step of one of them, so every order of the actions is a history that may happen: a node that takes no step for a while is one that stalls.
/// </summary>
internal sealed record FleetModel
{
    /// <summary>Deaths, lapses and losses are given out sparingly, or no history would ever end.</summary>
    public int TroublesLeft { get; init; }

    /// <summary>The engine may come back as it was before the last writes: an asynchronous replica was promoted.</summary>
    public bool MayLoseWrites { get; init; }

    /// <summary>Tokens are counted where they can be lost with everything else, in place of by a clock that goes on.</summary>
    public bool CountsTokens { get; init; }

    /// <summary>The engine takes a write under a higher token than it knows, whose lease was lost with other writes.</summary>
    public bool TakesUnknownTokens { get; init; }

    /// <summary>Writes carry no fence.</summary>
    public bool IsUnfenced { get; init; }

    /// <summary>The CA tells the account's orders (RFC 8555 section 7.1.2.1), so one that nobody wrote down is found again.</summary>
    public bool ListsOrders { get; init; }

    /// <summary>How often the lease ended under one that lives.</summary>
    public int Lapses { get; init; }

    public required IReadOnlyList<Node> Nodes { get; init; }

    public EngineState Engine { get; init; } = new(0, null, new Records(Stage.None, null), null);

    /// <summary>As it was before the last write, which a replica may not have.</summary>
    public EngineState Behind { get; init; } = new(0, null, new Records(Stage.None, null), null);

    /// <summary>Goes on whatever is lost, by one with each lease.</summary>
    public int Clock { get; init; }

    /// <summary>By number: an order, true where it is finalized.</summary>
    public IReadOnlyList<bool> Orders { get; init; } = [];

    /// <summary>What must never be, where it was.</summary>
    public string? Fault { get; init; }

    public static FleetModel Of(int nodes, int troubles) => new() { Nodes = [.. Enumerable.Repeat(Node.Idle, nodes)], TroublesLeft = troubles };

    /// <summary>Tells states apart.</summary>
    public string Print => $"{TroublesLeft} {Lapses} {Engine.Print} {(MayLoseWrites ? Behind.Print : null)} {Clock} {string.Join(',', Orders)} {string.Join(' ', Nodes.Select(node => node.Print))} {Fault}";

    /// <summary>All that may happen next.</summary>
    public IEnumerable<(string What, FleetModel Then)> Next()
    {
        for (var i = 0; i < Nodes.Count; i++)
        {
            foreach (var (what, then) in StepsOf(i)) yield return ($"{i}: {what}", then);
        }

        // Nobody renews it.
        if (Engine.Holder is { } gone && Nodes[gone].Token == 0) yield return ("the lease of one that is gone ends", WithoutLease());
        if (TroublesLeft == 0) yield break;

        var troubled = this with { TroublesLeft = TroublesLeft - 1 };
        if (Engine.Holder is { } holder && Nodes[holder].Token != 0) yield return ("the lease lapses", troubled.WithoutLease() with { Lapses = Lapses + 1 });
        if (MayLoseWrites && Engine != Behind) yield return ("writes are lost", troubled with { Engine = Behind });
    }

    private IEnumerable<(string What, FleetModel Then)> StepsOf(int i)
    {
        var node = Nodes[i];
        if (node.Token == 0)
        {
            if (Engine.Holder is null && Engine.Records.Stage != Stage.Committed) yield return ("takes the lease and reads", Lease(i));
            yield break;
        }

        if (TroublesLeft > 0) yield return ("dies", With(i, Node.Idle) with { TroublesLeft = TroublesLeft - 1 });

        switch (node.At)
        {
            case Step.WriteIntent: yield return Write(i, new Records(Stage.Intent, null), node with { At = Step.NewOrder }); break;
            case Step.NewOrder: yield return ("newOrder", With(i, node with { At = Step.WriteUrl, Order = Orders.Count }) with { Orders = [.. Orders, false] }); break;
            case Step.WriteUrl: yield return Write(i, new Records(Stage.Url, node.Order), node with { At = Step.WriteFinalizing }); break;
            case Step.WriteFinalizing: yield return Write(i, new Records(Stage.Finalizing, node.Order), node with { At = Step.Finalize }); break;
            case Step.Finalize: yield return ("finalize", With(i, node with { At = Step.Commit }) with { Orders = [.. Orders.Select((done, order) => done || order == node.Order)] }); break;
            case Step.Commit: yield return Write(i, new Records(Stage.Committed, node.Order), Node.Idle); break;
        }
    }

    /// <summary>A takeover goes on with what is on record.</summary>
    private FleetModel Lease(int i)
    {
        var token = CountsTokens ? Engine.Token + 1 : Clock + 1;
        var (at, order) = Engine.Records switch
        {
            { Stage: Stage.None } => (Step.WriteIntent, (int?)null),
            { Stage: Stage.Intent } when ListsOrders && Orders.Any(done => !done) => (Step.WriteUrl, Orders.ToList().IndexOf(false)),
            { Stage: Stage.Intent } => (Step.NewOrder, null),
            { Stage: Stage.Url, Order: var url } => (Step.WriteFinalizing, url),
            { Order: var url } => (Step.Finalize, url),
        };
        return With(i, new Node(token, at, order, Clock + 1)) with { Engine = Engine with { Token = token, Holder = i }, Behind = Engine, Clock = Clock + 1 };
    }

    /// <summary>A fence that is not the last one ends the work: the node looks whether it gets the lease once more.</summary>
    private (string What, FleetModel Then) Write(int i, Records records, Node then)
    {
        var node = Nodes[i];
        if (!IsUnfenced && (node.Token < Engine.Token || (node.Token > Engine.Token && !TakesUnknownTokens))) return ($"{records.Stage} is refused", With(i, Node.Idle));

        var fault = Engine.LastWriter > node.Since ? $"lease {node.Since} writes {records.Stage} after lease {Engine.LastWriter}" : Fault;
        return ($"writes {records.Stage}", With(i, then) with { Engine = Engine with { Records = records, LastWriter = node.Since }, Behind = Engine, Fault = fault });
    }

    private FleetModel WithoutLease() => this with { Engine = Engine with { Holder = null }, Behind = Behind with { Holder = null } };

    private FleetModel With(int i, Node node) => this with { Nodes = [.. Nodes.Select((other, at) => at == i ? node : other)] };

    public enum Stage
    {
        None,
        Intent,
        Url,
        Finalizing,
        Committed,
    }

    public enum Step
    {
        WriteIntent,
        NewOrder,
        WriteUrl,
        WriteFinalizing,
        Finalize,
        Commit,
    }

    /// <param name="Order">The order whose URL is on record.</param>
    public sealed record Records(Stage Stage, int? Order);

    /// <param name="Token">The highest that was given out.</param>
    /// <param name="Holder">Whose lease lasts.</param>
    /// <param name="LastWriter">Under which lease the last write was.</param>
    public sealed record EngineState(int Token, int? Holder, Records Records, int? LastWriter)
    {
        public string Print => $"{Token}:{Holder}:{(int)Records.Stage}:{Records.Order}:{LastWriter}";
    }

    /// <param name="Token">0: it does not have the state, as far as it knows.</param>
    /// <param name="Since">The number of its lease, which nobody can lose.</param>
    public sealed record Node(int Token, Step At, int? Order, int Since)
    {
        public static Node Idle { get; } = new(0, Step.WriteIntent, null, 0);

        public string Print => $"{Token}:{(int)At}:{Order}:{Since}";
    }
}
