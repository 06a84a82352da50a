using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AcmeKestrel.Management.Control;

/// <summary>JSON values over a stream, a line each.</summary>
internal static class ControlLines
{
    /// <summary>A status with a hundred names and all that is known of it is some thousand bytes.</summary>
    public const int MaxLength = 1 << 20;

    private static readonly byte[] End = [(byte)'\n'];

    public static async Task WriteAsync<T>(Stream stream, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, type), cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(End, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Null: the other side has ended it.</summary>
    /// <exception cref="InvalidDataException">It is no such line, or longer than <see cref="MaxLength"/>.</exception>
    public static async Task<T?> ReadAsync<T>(PipeReader reader, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var value = Parse(read.Buffer.Slice(0, end), type);
                reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return value;
            }

            if (read.IsCompleted) return null;
            if (read.Buffer.Length > MaxLength) throw new InvalidDataException($"a line is longer than {MaxLength} bytes");
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static T Parse<T>(ReadOnlySequence<byte> line, JsonTypeInfo<T> type)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            return JsonSerializer.Deserialize(ref json, type) ?? throw new InvalidDataException("a line says nothing");
        }
        catch (Exception damaged) when (damaged is JsonException or NotSupportedException or ArgumentException)
        {
            throw new InvalidDataException($"a line is not understood ({damaged.Message})", damaged);
        }
    }
}
