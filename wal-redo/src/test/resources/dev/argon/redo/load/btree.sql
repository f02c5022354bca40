-- Few keys with many rows: deduplication, posting list splits, deletes inside posting lists.
CREATE TABLE duplicates (k int, v int, pad text);
CREATE INDEX duplicates_k ON duplicates (k);
CREATE INDEX duplicates_kv ON duplicates (k, v) WITH (deduplicate_items = off);
INSERT INTO duplicates SELECT g % 17, g, 'p' FROM generate_series(1, 5000) g;
DELETE FROM duplicates WHERE v % 3 = 0;
VACUUM duplicates;
INSERT INTO duplicates SELECT g % 17, g, 'q' FROM generate_series(1, 2500) g;
INSERT INTO duplicates SELECT (g * 7919) % 23, g, 'r' FROM generate_series(1, 2500) g;
DELETE FROM duplicates WHERE v % 5 = 1;
VACUUM duplicates;
INSERT INTO duplicates SELECT (random() * 30)::int, g, 's' FROM generate_series(1, 3000) g;
DELETE FROM duplicates WHERE k BETWEEN 3 AND 9;
VACUUM duplicates;
INSERT INTO duplicates SELECT (random() * 10)::int, g, 't' FROM generate_series(1, 2000) g;
-- Big keys: few items per page, so that every level splits.
CREATE TABLE big_keys (k text);
CREATE INDEX big_keys_k ON big_keys (k);
ALTER TABLE big_keys ALTER k SET STORAGE PLAIN;
INSERT INTO big_keys
  SELECT string_agg(md5(((g * 7919) % 5003)::text || i), '') FROM generate_series(1, 1500) g,
    generate_series(1, 60) i GROUP BY g;
INSERT INTO big_keys
  SELECT lpad(g::text, 8, '0') || string_agg(md5(g::text || i), '') FROM generate_series(1, 500) g,
    generate_series(1, 40) i GROUP BY g;
DELETE FROM big_keys WHERE k > '2';
VACUUM big_keys;
INSERT INTO big_keys
  SELECT string_agg(md5(g::text || i), '') FROM generate_series(1, 800) g,
    generate_series(1, 60) i GROUP BY g;
-- Random order, splits in the middle, whole ranges deleted: pages leave the tree and come back.
CREATE TABLE ranges (k bigint);
CREATE INDEX ranges_k ON ranges (k);
INSERT INTO ranges SELECT (g::bigint * 7919) % 100003 FROM generate_series(1, 14000) g;
DELETE FROM ranges WHERE k BETWEEN 10000 AND 70000;
VACUUM ranges;
VACUUM ranges;
INSERT INTO ranges SELECT (g::bigint * 104729) % 100003 FROM generate_series(1, 8000) g;
DELETE FROM ranges;
VACUUM ranges;
VACUUM ranges;
INSERT INTO ranges SELECT g FROM generate_series(1, 8000) g;
