-- What needs that no other session holds old rows.
-- The tree shrinks to one path and its fast root moves, then grows again.
CREATE TABLE shrinks (k text);
CREATE INDEX shrinks_k ON shrinks (k);
ALTER TABLE shrinks ALTER k SET STORAGE PLAIN;
INSERT INTO shrinks
  SELECT lpad(g::text, 6, '0') || string_agg(md5(g::text || i), '') FROM generate_series(1, 900) g,
    generate_series(1, 50) i GROUP BY g ORDER BY g;
DELETE FROM shrinks WHERE k < '000895';
VACUUM shrinks;
VACUUM shrinks;
INSERT INTO shrinks
  SELECT lpad(g::text, 6, '0') || string_agg(md5(g::text || i), '') FROM generate_series(900, 1300) g,
    generate_series(1, 50) i GROUP BY g ORDER BY g;
-- Index items found dead by scans and removed without vacuum.
CREATE TABLE killed (k int) WITH (autovacuum_enabled = off);
CREATE INDEX killed_k ON killed USING hash (k);
INSERT INTO killed SELECT 7 FROM generate_series(1, 300);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
DO $$
BEGIN
  FOR i IN 1..6 LOOP
    DELETE FROM killed WHERE k = 7;
    COMMIT;
    PERFORM * FROM killed WHERE k = 7;
    INSERT INTO killed SELECT 7 FROM generate_series(1, 300);
    COMMIT;
  END LOOP;
END $$;
RESET enable_seqscan;
RESET enable_bitmapscan;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
DO $$
BEGIN
  FOR i IN 1..4 LOOP
    DELETE FROM places WHERE p <@ box(point(0, 0), point(300, 300));
    COMMIT;
    PERFORM * FROM places WHERE p <@ box(point(0, 0), point(300, 300));
    INSERT INTO places SELECT g, point(g % 300, (g * 7) % 300), NULL FROM generate_series(1, 400) g;
    COMMIT;
  END LOOP;
END $$;
RESET enable_seqscan;
RESET enable_bitmapscan;
-- A unique index whose rows keep changing: deletes without vacuum.
CREATE TABLE versions (id int PRIMARY KEY, u int UNIQUE, v int) WITH (autovacuum_enabled = off);
CREATE INDEX versions_v ON versions (v);
INSERT INTO versions SELECT g, g, g % 10 FROM generate_series(1, 600) g;
DO $$
BEGIN
  FOR i IN 1..12 LOOP
    UPDATE versions SET v = (v + 1) % 10, u = u + 100000;
    COMMIT;
    PERFORM count(*) FROM versions WHERE u > 0;
  END LOOP;
END $$;
SET enable_seqscan = off;
SELECT count(*) FROM versions WHERE v BETWEEN 0 AND 9;
RESET enable_seqscan;
REINDEX TABLE versions;
VACUUM versions;
