namespace AcmeKestrel.Storage;

/// <summary>An optional ability of a store: is a folder of this machine, which processes of this machine can meet in.</summary>
internal interface IStateFolder
{
    /// <summary>The state directory.</summary>
    string Root { get; }

    /// <summary>It was used before. Where it was not, the first call of the store that writes makes it; until then there is nothing in it.</summary>
    bool Exists { get; }

    /// <summary>The type of its file system where that lies on another machine; null: it does not, or nothing can be told.</summary>
    string? RemoteVolume { get; }

    /// <summary>What its file system is called where a restart of the machine or the container empties it; null as above.</summary>
    string? FleetingVolume { get; }

    /// <summary>Where the socket of the process that has the state lies, in a folder that nobody else can enter.</summary>
    string Socket { get; }
}
