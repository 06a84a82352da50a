using System.Buffers.Text;
using AcmeKestrel.Dns.Wire;

namespace AcmeKestrel.Dns.Updates;

/// <param name="Zone">Null: the server is asked.</param>
internal sealed record Rfc2136Settings(DnsServerAddress Server, bool UseTcp, string? Zone, string KeyName, string Algorithm, AcmeSecret Secret, int Ttl)
{
    private const string ServerKey = "Server";
    private const string ZoneKey = "Zone";
    private const string NameKey = "TsigName";
    private const string SecretKey = "TsigSecret";

    public static Rfc2136Settings Read(AcmeComponentConfiguration configuration)
    {
        var server = configuration.Read(ServerKey);
        var address = DnsServerAddress.TryParse(server);
        if (address is null && server.Length > 0) configuration.Refuse(ServerKey, $"'{server}' is no host or address, with a port or without.");

        var zone = configuration.Find(ZoneKey)?.TrimEnd('.').ToLowerInvariant();
        if (zone is not null && !WireName.IsOne(zone)) configuration.Refuse(ZoneKey, $"'{zone}' is no name of a zone.");
        var name = configuration.Read(NameKey).TrimEnd('.').ToLowerInvariant();
        if (!WireName.IsOne(name)) configuration.Refuse(NameKey, $"'{name}' is no name of a key.");
        var secret = configuration.ReadSecret(SecretKey);
        if (configuration.Find(SecretKey) is { } text && !Base64.IsValid(text)) configuration.Refuse(SecretKey, "is no base64.");
        return new Rfc2136Settings(
            address ?? new DnsServerAddress("", 0),
            configuration.Choose("Transport", "Udp", "Tcp") == "Tcp",
            zone,
            name,
            configuration.Choose("TsigAlgorithm", TsigKey.Algorithms),
            secret,
            configuration.Count("Ttl", 60, 1, 86_400));
    }

    /// <summary>As its file has it now.</summary>
    /// <exception cref="DnsProviderException">The secret cannot be read.</exception>
    public TsigKey ReadKey()
    {
        var text = Secret.Read();
        if (TsigKeyFile.TryRead(text) is { } file)
        {
            if (file.Name != KeyName) throw new DnsProviderException($"The file of the key {KeyName} (TsigName) holds the key {file.Name}");
            if (file.Algorithm is not null && file.Algorithm != Algorithm) throw new DnsProviderException($"The key {KeyName} is of {file.Algorithm} by its file, and TsigAlgorithm is {Algorithm}");
            text = file.Secret;
        }

        return Base64.IsValid(text) ? new TsigKey(KeyName, Algorithm, Convert.FromBase64String(text)) : throw new DnsProviderException($"The secret of the key {KeyName} is neither base64 nor a key as tsig-keygen prints it");
    }
}
