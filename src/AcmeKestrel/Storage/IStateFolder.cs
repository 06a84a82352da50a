namespace AcmeKestrel.Storage;

/// <summary>An optional ability of a store: is a folder of this machine, which processes of this machine can meet in.</summary>
internal interface IStateFolder
{
    /// <summary>The state directory.</summary>
    string Root { get; }

    /// <summary>It was used before. Where it was not, the first call of the store that writes makes it; until then there is nothing in it.</summary>
    bool Exists { get; }

    /// <summary>Where the socket of the process that has the state lies, in a folder that nobody else can enter.</summary>
    string Socket { get; }
}
