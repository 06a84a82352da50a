namespace AcmeKestrel.Serving.Hellos;

/// <summary>How far the records of a hello were walked: a client that sends it byte by byte must not have all of them walked again for each.</summary>
internal struct HelloProgress
{
    /// <summary>Where the first record begins that has not come whole.</summary>
    public long Offset { get; set; }

    /// <summary>Bytes of the message in the records before it.</summary>
    public int Gathered { get; set; }

    /// <summary>The message's first four bytes, as far as they have come: its type and its length.</summary>
    public uint Header { get; set; }

    public int Records { get; set; }
}
