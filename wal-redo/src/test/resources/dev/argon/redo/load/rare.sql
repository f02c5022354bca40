-- Records that hardly any load writes. Autovacuum is off; wal_level is logical.
SELECT pg_create_restore_point('rare');
SELECT pg_logical_emit_message(false, 'rare', 'outside a transaction');
SELECT pg_logical_emit_message(true, 'rare', 'inside');
SELECT pg_replication_origin_create('rare');
SELECT pg_replication_origin_create('dropped');
SELECT pg_replication_origin_advance('rare', '1/ABC');
SELECT pg_replication_origin_advance('dropped', '1/DEF');
SELECT pg_replication_origin_drop('dropped');
-- Catalogs rewritten while a logical slot may need to decode their rows.
SELECT FROM pg_create_logical_replication_slot('rare', 'test_decoding');
CREATE TABLE decoded (id int PRIMARY KEY, t text) WITH (user_catalog_table = true);
INSERT INTO decoded SELECT g, 'row' FROM generate_series(1, 500) g;
UPDATE decoded SET t = 'changed' WHERE id % 2 = 0;
DELETE FROM decoded WHERE id % 7 = 0;
VACUUM FULL decoded;
ALTER TABLE decoded ADD COLUMN more int;
VACUUM FULL pg_attribute;
TRUNCATE decoded;
SELECT pg_drop_replication_slot('rare');
-- Tablespaces.
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE kept_space LOCATION '';
CREATE TABLESPACE dropped_space LOCATION '';
CREATE TABLE in_space (id int PRIMARY KEY) TABLESPACE kept_space;
INSERT INTO in_space SELECT generate_series(1, 1000);
CREATE TABLE leaves_space (id int) TABLESPACE dropped_space;
INSERT INTO leaves_space SELECT generate_series(1, 1000);
ALTER TABLE leaves_space SET TABLESPACE kept_space;
DROP TABLESPACE dropped_space;
CREATE DATABASE copied_there STRATEGY file_copy TABLESPACE kept_space;
CREATE DATABASE logged_there STRATEGY wal_log TABLESPACE kept_space;
CREATE DATABASE copied_and_dropped STRATEGY file_copy;
DROP DATABASE copied_and_dropped;
-- Pages of trees deleted, recycled and taken again.
CREATE TABLE reused (id int, p point);
CREATE INDEX reused_id ON reused (id);
CREATE INDEX reused_p ON reused USING gist (p);
INSERT INTO reused SELECT g, point((g * 7919) % 1000, (g * 104729) % 1000) FROM generate_series(1, 6000) g;
DELETE FROM reused;
VACUUM reused;
CREATE TABLE passes_time ();
DROP TABLE passes_time;
VACUUM reused;
CREATE TABLE passes_time ();
DROP TABLE passes_time;
VACUUM reused;
INSERT INTO reused SELECT g, point((g * 7919) % 1000, (g * 104729) % 1000) FROM generate_series(1, 6000) g;
-- Index items that a scan found dead, removed by the next insertion into a full page.
CREATE TABLE found_dead (k int, p point);
CREATE INDEX found_dead_k ON found_dead USING hash (k);
CREATE INDEX found_dead_p ON found_dead USING gist (p);
INSERT INTO found_dead SELECT 7, point(g % 10, g) FROM generate_series(1, 300) g;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
DO $$
BEGIN
  FOR i IN 1..5 LOOP
    DELETE FROM found_dead;
    COMMIT;
    PERFORM * FROM found_dead WHERE k = 7;
    PERFORM * FROM found_dead WHERE p <@ box(point(0, 0), point(1000, 1000));
    INSERT INTO found_dead SELECT 7, point(g % 10, g) FROM generate_series(1, 300) g;
    COMMIT;
  END LOOP;
END $$;
RESET enable_seqscan;
RESET enable_bitmapscan;
-- A hint bit on a page that the log has no image of since the checkpoint.
CREATE TABLE hinted (id int);
INSERT INTO hinted SELECT generate_series(1, 500);
CHECKPOINT;
SELECT count(*) FROM hinted;
-- Hash pages that move: overflow pages into buckets that have room.
CREATE TABLE moved (k int);
CREATE INDEX moved_k ON moved USING hash (k);
INSERT INTO moved SELECT g % 3 FROM generate_series(1, 6000) g;
DELETE FROM moved WHERE ctid > '(0,0)' AND (ctid::text::point)[1]::int % 3 <> 0;
VACUUM moved;
INSERT INTO moved SELECT g % 3 FROM generate_series(1, 2000) g;
DELETE FROM moved WHERE (ctid::text::point)[1]::int % 2 = 0;
VACUUM moved;
-- The root of an SP-GiST tree that is a leaf.
CREATE TABLE small_tree (t text);
CREATE INDEX small_tree_t ON small_tree USING spgist (t);
INSERT INTO small_tree SELECT 'text ' || g FROM generate_series(1, 40) g;
DELETE FROM small_tree WHERE t > 'text 3';
VACUUM small_tree;
-- Posting trees of GIN that shrink.
CREATE TABLE shrinking (id int, a int[]);
INSERT INTO shrinking SELECT g, ARRAY[1, g % 3] FROM generate_series(1, 60000) g;
CREATE INDEX shrinking_a ON shrinking USING gin (a) WITH (fastupdate = off);
DELETE FROM shrinking WHERE id BETWEEN 500 AND 59000;
VACUUM shrinking;
-- Rows of few keys: they stay on the pages of the entry tree.
CREATE TABLE entries (id int, a int[]);
CREATE INDEX entries_a ON entries USING gin (a) WITH (fastupdate = off);
INSERT INTO entries SELECT g, ARRAY[g % 50] FROM generate_series(1, 1000) g;
DELETE FROM entries WHERE id % 2 = 0;
VACUUM entries;
SELECT pg_switch_wal();
