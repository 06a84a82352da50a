using System.Text.Json;
using System.Text.Json.Serialization;

namespace AcmeKestrel.CommandLine.Importing;

/// <summary>An account's file, as far as it is read.</summary>
/// <param name="PrivateKey">PKCS#8 DER.</param>
internal sealed record LettuceEncryptAccount(byte[]? PrivateKey, IReadOnlyList<string>? EmailAddresses);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(LettuceEncryptAccount))]
internal sealed partial class LettuceEncryptJson : JsonSerializerContext;
