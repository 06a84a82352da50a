namespace AcmeKestrel.Dns.Wire;

/// <summary>Types of records that are asked for or written, as messages name them.</summary>
internal enum DnsType
{
    A = 1,
    NS = 2,
    CNAME = 5,
    SOA = 6,
    TXT = 16,
    AAAA = 28,
    CAA = 257,
}
