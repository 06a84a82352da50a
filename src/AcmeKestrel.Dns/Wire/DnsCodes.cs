namespace AcmeKestrel.Dns.Wire;

/// <summary>Numbers of RFC 1035, 2136 and 8945.</summary>
internal static class DnsCodes
{
    public const byte Opt = 41;
    public const ushort Tsig = 250;

    public const ushort In = 1;
    public const ushort None = 254;
    public const ushort Any = 255;

    public const int FormatError = 1;
    public const int ServerFailure = 2;
    public const int NoSuchName = 3;
    public const int NotImplemented = 4;
    public const int Refused = 5;
    public const int NotAuthoritative = 9;
    public const int NotInZone = 10;

    public const int BadSignature = 16;
    public const int BadKey = 17;
    public const int BadTime = 18;
    public const int BadTruncation = 22;

    /// <summary>As servers and their logs say it.</summary>
    public static string WordOf(int code) => code switch
    {
        0 => "NOERROR",
        FormatError => "FORMERR",
        ServerFailure => "SERVFAIL",
        NoSuchName => "NXDOMAIN",
        NotImplemented => "NOTIMP",
        Refused => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        NotAuthoritative => "NOTAUTH",
        NotInZone => "NOTZONE",
        BadSignature => "BADSIG",
        BadKey => "BADKEY",
        BadTime => "BADTIME",
        BadTruncation => "BADTRUNC",
        _ => $"code {code}",
    };
}
