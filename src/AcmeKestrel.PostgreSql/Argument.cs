using NpgsqlTypes;

namespace AcmeKestrel.PostgreSql;

/// <summary>A value that a statement takes, by its place.</summary>
internal readonly record struct Argument(NpgsqlDbType Type, object? Value)
{
    public static implicit operator Argument(string? text) => new(NpgsqlDbType.Text, text);

    public static implicit operator Argument(long? number) => new(NpgsqlDbType.Bigint, number);

    public static implicit operator Argument(byte[]? bytes) => new(NpgsqlDbType.Bytea, bytes);

    public static Argument Array(string[] texts) => new(NpgsqlDbType.Array | NpgsqlDbType.Text, texts);

    public static Argument Array(bool[] flags) => new(NpgsqlDbType.Array | NpgsqlDbType.Boolean, flags);

    public static Argument Array(byte[][] pieces) => new(NpgsqlDbType.Array | NpgsqlDbType.Bytea, pieces);
}
