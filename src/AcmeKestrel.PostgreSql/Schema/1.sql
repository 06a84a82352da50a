-- What AcmeKestrel keeps in PostgreSQL 14 or newer. The store makes it by itself; it can be made beforehand, by the owner of the schema, where the role of the application may not CREATE.

CREATE TABLE acme.about (version integer NOT NULL);

-- One row. Whoever changes a record or gives a lease holds its lock until the commit: positions become visible in their order, and no lease changes hands between the check of a fence and the commit of what was written under it.
CREATE TABLE acme.feed (position bigint NOT NULL);

-- The last changes. A mark is a position and 60 random bits: what a restored backup did differently has another mark.
CREATE TABLE acme.change (
    position bigint PRIMARY KEY,
    mark text COLLATE "C" NOT NULL,
    deleted boolean NOT NULL,
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL
);

-- A record's version is the mark of the change that wrote it. Its part meta.json lies beside the others: lists of many read that one alone.
CREATE TABLE acme.record (
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    meta bytea,
    parts text[] NOT NULL,
    secret boolean[] NOT NULL,
    bytes bytea[] NOT NULL,
    size bigint NOT NULL,
    stem text COLLATE "C" GENERATED ALWAYS AS (regexp_replace(name, '@[^@]*$', '')) STORED,
    tail text COLLATE "C" GENERATED ALWAYS AS (coalesce(substring(name from '@[^@]*$'), '')) STORED,
    PRIMARY KEY (kind, name)
);
ALTER TABLE acme.record ALTER COLUMN meta SET STORAGE MAIN;
CREATE INDEX record_head ON acme.record (kind, stem, tail DESC);

-- Rows stay when a lease ends: tokens outlive it.
CREATE TABLE acme.lease (
    resource text COLLATE "C" PRIMARY KEY,
    token bigint NOT NULL,
    owner text COLLATE "C" NOT NULL,
    expires timestamptz NOT NULL
);

INSERT INTO acme.about VALUES (1);
INSERT INTO acme.feed VALUES (0);

-- Of the transaction that is under way: how long it waits for locks, and that what is committed is on disk.
CREATE FUNCTION acme.settle(p_patience text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('lock_timeout', p_patience, true);
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
END $$;

-- Under the lock of the feed: appends to it and returns the mark.
CREATE FUNCTION acme.append(p_position bigint, p_deleted boolean, p_kind text, p_name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_mark text := p_position || '-' || left(replace(gen_random_uuid()::text, '-', ''), 16);
BEGIN
    INSERT INTO acme.change VALUES (p_position, v_mark, p_deleted, p_kind, p_name);
    IF p_position % 1000 = 0 THEN
        DELETE FROM acme.change WHERE position <= p_position - 10000;
    END IF;
    PERFORM pg_notify('acme:change', '');
    RETURN v_mark;
END $$;

-- Cursors begin here.
SELECT acme.append(0, true, '', '');

-- Each of the following is one statement that commits by itself: once the server has it, no client, proxy or network can keep its locks held. Each sees what was committed before it got its lock, whatever isolation is the default.

-- r_outcome: 'written', with the version; 'fence', with the token that was given last, where the lease is another's or has ended; 'version', with the one that is there, empty where there is no record.
CREATE PROCEDURE acme.write_record(
    p_kind text, p_name text, p_meta bytea, p_parts text[], p_secret boolean[], p_bytes bytea[], p_size bigint, p_expected text, p_resource text, p_token bigint, p_patience text, INOUT r_outcome text, INOUT r_mark text)
LANGUAGE plpgsql AS $$
DECLARE
    v_position bigint;
BEGIN
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    PERFORM acme.settle(p_patience);
    UPDATE acme.feed SET position = position + 1 RETURNING position INTO STRICT v_position;
    IF p_resource IS NOT NULL AND NOT EXISTS (SELECT FROM acme.lease WHERE resource = p_resource AND token = p_token AND expires > clock_timestamp()) THEN
        r_outcome := 'fence';
        SELECT token INTO r_mark FROM acme.lease WHERE resource = p_resource;
        ROLLBACK;
        RETURN;
    END IF;
    SELECT version INTO r_mark FROM acme.record WHERE kind = p_kind AND name = p_name;
    r_mark := coalesce(r_mark, '');
    IF p_expected <> r_mark THEN
        r_outcome := 'version';
        ROLLBACK;
        RETURN;
    END IF;
    r_mark := acme.append(v_position, false, p_kind, p_name);
    INSERT INTO acme.record (kind, name, version, meta, parts, secret, bytes, size) VALUES (p_kind, p_name, r_mark, p_meta, p_parts, p_secret, p_bytes, p_size)
        ON CONFLICT (kind, name) DO UPDATE SET version = excluded.version, meta = excluded.meta, parts = excluded.parts, secret = excluded.secret, bytes = excluded.bytes, size = excluded.size;
    r_outcome := 'written';
    COMMIT;
END $$;

-- r_outcome: 'deleted'; 'none' where there was no record; 'fence' and 'version' as above.
CREATE PROCEDURE acme.delete_record(p_kind text, p_name text, p_expected text, p_resource text, p_token bigint, p_patience text, INOUT r_outcome text, INOUT r_mark text)
LANGUAGE plpgsql AS $$
DECLARE
    v_position bigint;
BEGIN
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    PERFORM acme.settle(p_patience);
    UPDATE acme.feed SET position = position + 1 RETURNING position INTO STRICT v_position;
    IF p_resource IS NOT NULL AND NOT EXISTS (SELECT FROM acme.lease WHERE resource = p_resource AND token = p_token AND expires > clock_timestamp()) THEN
        r_outcome := 'fence';
        SELECT token INTO r_mark FROM acme.lease WHERE resource = p_resource;
        ROLLBACK;
        RETURN;
    END IF;
    SELECT version INTO r_mark FROM acme.record WHERE kind = p_kind AND name = p_name;
    IF r_mark IS NULL OR p_expected <> r_mark THEN
        r_outcome := CASE WHEN r_mark IS NULL THEN 'none' ELSE 'version' END;
        ROLLBACK;
        RETURN;
    END IF;
    DELETE FROM acme.record WHERE kind = p_kind AND name = p_name;
    r_mark := acme.append(v_position, true, p_kind, p_name);
    r_outcome := 'deleted';
    COMMIT;
END $$;

-- r_token: null where somebody else has it. Tokens are microseconds of the clock where that is more than the next number: after a restored backup, too, they are greater than those before.
CREATE PROCEDURE acme.try_lease(p_resource text, p_owner text, p_milliseconds bigint, p_patience text, INOUT r_token bigint)
LANGUAGE plpgsql AS $$
BEGIN
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    PERFORM acme.settle(p_patience);
    -- Most who ask are refused: those need not stand in line.
    PERFORM 1 FROM acme.lease WHERE resource = p_resource AND owner <> p_owner AND expires > clock_timestamp();
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM 1 FROM acme.feed FOR NO KEY UPDATE;
    INSERT INTO acme.lease AS held VALUES (p_resource, extract(epoch FROM clock_timestamp()) * 1000000, p_owner, clock_timestamp() + p_milliseconds * interval '1 millisecond')
        ON CONFLICT (resource) DO UPDATE SET token = greatest(held.token + 1, excluded.token), owner = p_owner, expires = clock_timestamp() + p_milliseconds * interval '1 millisecond'
        WHERE held.owner = p_owner OR held.expires <= clock_timestamp()
        RETURNING token INTO r_token;
    COMMIT;
END $$;

CREATE PROCEDURE acme.renew_lease(p_resource text, p_token bigint, p_milliseconds bigint, p_patience text, INOUT r_renewed boolean)
LANGUAGE plpgsql AS $$
BEGIN
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    PERFORM acme.settle(p_patience);
    -- Whoever does not hear of it counts on what was.
    UPDATE acme.lease SET expires = greatest(expires, clock_timestamp() + p_milliseconds * interval '1 millisecond') WHERE resource = p_resource AND token = p_token AND expires > clock_timestamp();
    r_renewed := FOUND;
    COMMIT;
END $$;

CREATE PROCEDURE acme.return_lease(p_resource text, p_token bigint, p_patience text, INOUT r_returned boolean)
LANGUAGE plpgsql AS $$
BEGIN
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    PERFORM acme.settle(p_patience);
    UPDATE acme.lease SET expires = '-infinity' WHERE resource = p_resource AND token = p_token;
    r_returned := FOUND;
    COMMIT;
END $$;
