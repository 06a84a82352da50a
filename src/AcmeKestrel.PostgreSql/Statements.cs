namespace AcmeKestrel.PostgreSql;

/// <summary>What is asked of the database; its procedures are in <c>Schema</c>.</summary>
internal static class Statements
{
    public const string Write = "CALL acme.write_record($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, NULL)";

    public const string Delete = "CALL acme.delete_record($1, $2, $3, $4, $5, $6, NULL, NULL)";

    public const string TryLease = "CALL acme.try_lease($1, $2, $3, $4, NULL)";

    public const string RenewLease = "CALL acme.renew_lease($1, $2, $3, $4, NULL)";

    public const string ReturnLease = "CALL acme.return_lease($1, $2, $3, NULL)";

    public const string Read = "SELECT name, version, meta, parts, secret, bytes FROM acme.record WHERE kind = $1 AND name = $2";

    /// <summary>A page of records: at most so many, and at most so many bytes and one record. The last column is how many there would be without the bytes.</summary>
    public const string List =
        """
        SELECT name, version, meta, parts, secret, bytes, found
        FROM (
            SELECT name, version, meta, parts, secret, bytes, sum(size) OVER (ORDER BY name) - size AS before, count(*) OVER () AS found
            FROM (SELECT name, version, meta, parts, secret, bytes, size FROM acme.record WHERE kind = $1 AND name > $2 AND name LIKE $3 ORDER BY name LIMIT $4) AS page
        ) AS page
        WHERE before < $5
        ORDER BY name
        """;

    public const string ListEntries = "SELECT name, version FROM acme.record WHERE kind = $1 AND name > $2 AND name LIKE $3 ORDER BY name LIMIT $4";

    public const string ListHeads =
        """
        SELECT DISTINCT ON (stem) stem, name, CASE WHEN meta IS NOT NULL AND $3 = 'meta.json' THEN meta ELSE bytes[array_position(parts, $3)] END
        FROM acme.record WHERE kind = $1 AND ($2 IS NULL OR stem > $2) ORDER BY stem, tail DESC LIMIT $4
        """;

    public const string ListNamesOfHeads = "SELECT DISTINCT ON (stem) stem, stem || tail FROM acme.record WHERE kind = $1 AND ($2 IS NULL OR stem > $2) ORDER BY stem, tail DESC LIMIT $3";

    public const string Newest = "SELECT position, mark FROM acme.change ORDER BY position DESC LIMIT 1";

    /// <summary>The first one is where the reader stands: another mark, or none, and the rest is none of its future.</summary>
    public const string Changes = "SELECT position, mark, deleted, kind, name FROM acme.change WHERE position >= $1 ORDER BY position LIMIT $2";
}
