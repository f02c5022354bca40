CREATE EXTENSION bloom;
-- Hash: splits, overflow pages, squeezes, killed items.
CREATE TABLE hashed (k int, t text) WITH (autovacuum_enabled = off);
CREATE INDEX hashed_k ON hashed USING hash (k);
CREATE INDEX hashed_t ON hashed USING hash (t);
INSERT INTO hashed SELECT g, 'same' FROM generate_series(1, 2000) g;
INSERT INTO hashed SELECT g % 10, 't' || g FROM generate_series(1, 2000) g;
DELETE FROM hashed WHERE k % 2 = 0;
VACUUM hashed;
INSERT INTO hashed SELECT g, 'u' || g % 100 FROM generate_series(1, 2000) g;
DELETE FROM hashed WHERE k > 100;
VACUUM hashed;
-- GIN: pending lists, entry splits, posting trees and their vacuum.
CREATE TABLE words (id int, a int[], v tsvector) WITH (autovacuum_enabled = off);
CREATE INDEX words_a ON words USING gin (a) WITH (fastupdate = off);
CREATE INDEX words_v ON words USING gin (v) WITH (fastupdate = on, gin_pending_list_limit = 64);
INSERT INTO words SELECT g, ARRAY[1, g % 7, g % 100, g], to_tsvector('simple', 'w' || g || ' x' || g % 10 || ' all')
  FROM generate_series(1, 2000) g;
DELETE FROM words WHERE id BETWEEN 500 AND 1500;
VACUUM words;
INSERT INTO words SELECT g, ARRAY[1, g % 7, (g * 31) % 3000], to_tsvector('simple', 'w' || g || ' y' || g % 10 || ' all')
  FROM generate_series(1, 2000) g;
DELETE FROM words WHERE id % 3 = 0;
VACUUM words;
-- Posting trees of many pages.
CREATE TABLE postings (id int, a int[]) WITH (autovacuum_enabled = off);
INSERT INTO postings SELECT g, ARRAY[1, g % 3] FROM generate_series(1, 60000) g;
CREATE INDEX postings_a ON postings USING gin (a) WITH (fastupdate = off);
DELETE FROM postings WHERE id BETWEEN 500 AND 59000;
VACUUM postings;
VACUUM postings;
INSERT INTO postings SELECT g, ARRAY[1, g % 3] FROM generate_series(1, 3000) g;
SELECT gin_clean_pending_list('words_v');
-- GiST: splits at all levels, deleted pages, killed items.
CREATE TABLE places (id int, p point, r int4range) WITH (autovacuum_enabled = off);
CREATE INDEX places_p ON places USING gist (p);
CREATE INDEX places_r ON places USING gist (r);
INSERT INTO places SELECT g, point((g * 7919) % 1000, (g * 104729) % 1000), int4range(g % 500, g % 500 + g % 50)
  FROM generate_series(1, 5000) g;
DELETE FROM places WHERE p[0] < 700;
VACUUM places;
VACUUM places;
INSERT INTO places SELECT g, point(g % 1000, (g * 31) % 1000), int4range(g % 900, g % 900 + 3)
  FROM generate_series(1, 2500) g;
UPDATE places SET p = point(p[1], p[0]) WHERE id % 4 = 0;
DELETE FROM places WHERE id % 2 = 0;
VACUUM places;
-- SP-GiST: texts with common prefixes, points, nulls.
CREATE TABLE spaced (id int, t text, p point) WITH (autovacuum_enabled = off);
CREATE INDEX spaced_t ON spaced USING spgist (t);
CREATE INDEX spaced_p ON spaced USING spgist (p);
CREATE INDEX spaced_k ON spaced USING spgist (p kd_point_ops);
INSERT INTO spaced SELECT g, CASE WHEN g % 20 = 0 THEN NULL ELSE 'prefix/' || md5((g % 4000)::text) END,
    CASE WHEN g % 20 = 1 THEN NULL ELSE point((g * 7919) % 1000, (g * 104729) % 1000) END
  FROM generate_series(1, 3000) g;
DELETE FROM spaced WHERE id % 3 = 0;
VACUUM spaced;
INSERT INTO spaced SELECT g, 'pre' || chr(65 + g % 50) || g, point(g, -g) FROM generate_series(1, 2500) g;
DELETE FROM spaced WHERE id % 2 = 0;
VACUUM spaced;
INSERT INTO spaced SELECT g, repeat('a', g % 200) || g, point(5, 5) FROM generate_series(1, 1200) g;
VACUUM spaced;
DELETE FROM spaced;
VACUUM spaced;
INSERT INTO spaced SELECT g, 'last' || g, point(g, g) FROM generate_series(1, 500) g;
-- BRIN: more than one page of the range map, summaries that grow and that go.
CREATE TABLE ranged (id int, t text, pad text) WITH (autovacuum_enabled = off);
ALTER TABLE ranged ALTER pad SET STORAGE PLAIN;
CREATE INDEX ranged_id ON ranged USING brin (id) WITH (pages_per_range = 1, autosummarize = off);
CREATE INDEX ranged_t ON ranged USING brin (t) WITH (pages_per_range = 2);
INSERT INTO ranged SELECT g, 'k' || g, repeat('p', 3900) FROM generate_series(1, 2800) g;
SELECT brin_summarize_new_values('ranged_id'), brin_summarize_new_values('ranged_t');
UPDATE ranged SET t = repeat('z', (id * 7) % 800) WHERE id % 3 = 0;
UPDATE ranged SET id = id + 100000 WHERE id % 5 = 0;
SELECT brin_desummarize_range('ranged_id', g) FROM generate_series(0, 1000, 7) g;
VACUUM ranged;
INSERT INTO ranged SELECT g, repeat('a', g % 900), repeat('p', 3900) FROM generate_series(1, 300) g;
VACUUM ranged;
-- Generic records.
CREATE TABLE bloomed (a int, b int) WITH (autovacuum_enabled = off);
CREATE INDEX bloomed_ab ON bloomed USING bloom (a, b);
INSERT INTO bloomed SELECT g, g % 100 FROM generate_series(1, 2000) g;
DELETE FROM bloomed WHERE a % 3 = 0;
VACUUM bloomed;
INSERT INTO bloomed SELECT g, g % 100 FROM generate_series(1, 1000) g;
