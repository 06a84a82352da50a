namespace AcmeKestrel.LocalCa;

/// <summary>How a chain is written. RFC 7468 lets a parser expect all of them, and CAs have sent all of them.</summary>
public enum LocalCaPemForm
{
    /// <summary>Blocks one after the other, each line ended by a line feed.</summary>
    Plain,

    /// <summary>Lines end in carriage return and line feed.</summary>
    Crlf,

    /// <summary>Text stands before, between and after the blocks.</summary>
    WithText,

    /// <summary>The last line has no end.</summary>
    NoFinalNewline,
}
