using System.Text.Json;
using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>What a reservation took of a bucket: so much is credited, whatever the limits are by then.</summary>
/// <param name="Amount">Of the bucket's time; zero where a record of an earlier version does not tell: such a debit stays.</param>
[JsonConverter(typeof(Converter))]
internal readonly record struct LedgerDebit(string Bucket, TimeSpan Amount)
{
    /// <summary><c>bucket|..=&lt;amount&gt;</c>, and just the bucket in records of an earlier version.</summary>
    internal sealed class Converter : JsonConverter<LedgerDebit>
    {
        private const char Separator = '=';

        public override LedgerDebit Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType is not JsonTokenType.String || reader.GetString() is not { } text) throw new JsonException("A debit is a text.");
            if (text.LastIndexOf(Separator) is not (>= 0 and var at)) return new LedgerDebit(text, TimeSpan.Zero);
            return TimeSpan.TryParseExact(text.AsSpan(at + 1), "c", null, out var amount) ? new LedgerDebit(text[..at], amount) : throw new JsonException($"'{text[(at + 1)..]}' is no amount of time.");
        }

        public override void Write(Utf8JsonWriter writer, LedgerDebit value, JsonSerializerOptions options) => writer.WriteStringValue($"{value.Bucket}{Separator}{value.Amount:c}");
    }
}
