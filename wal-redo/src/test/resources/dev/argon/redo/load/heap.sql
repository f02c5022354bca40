-- Rows of many shapes: inserts, multi-inserts, updates that stay on the page and that leave it.
CREATE TABLE shapes (id int PRIMARY KEY, a text, b bytea, c numeric, d int[]) WITH (fillfactor = 70);
INSERT INTO shapes
  SELECT g, CASE WHEN g % 7 = 0 THEN NULL ELSE repeat(md5(g::text), 1 + g % 4) END,
         decode(md5(g::text), 'hex'), CASE WHEN g % 5 = 0 THEN NULL ELSE g / 7.0 END, ARRAY[g, g + 1]
  FROM generate_series(1, 3000) g;
UPDATE shapes SET c = c + 1 WHERE id % 3 = 0;
UPDATE shapes SET a = a || 'x' WHERE id % 4 = 0;
UPDATE shapes SET b = NULL WHERE id % 11 = 0;
UPDATE shapes SET id = id + 10000 WHERE id % 13 = 0;
UPDATE shapes SET d = d || 5, a = 'y' || a WHERE id % 9 = 0;
DELETE FROM shapes WHERE id % 10 = 1;
SELECT count(*) FROM shapes;
VACUUM shapes;
INSERT INTO shapes (id, a) SELECT g, 'again ' || g FROM generate_series(20000, 20400) g;
UPDATE shapes SET a = a || a WHERE id % 3 = 1;
SELECT count(*) FROM shapes;
VACUUM (FREEZE, ANALYZE) shapes;
UPDATE shapes SET c = 0 WHERE id BETWEEN 1000 AND 1200;
DELETE FROM shapes WHERE id BETWEEN 1500 AND 2500;
SELECT a FROM shapes WHERE id = 999 FOR UPDATE;
VACUUM shapes;
-- Values out of line.
CREATE TABLE wide (id int, t text);
ALTER TABLE wide ALTER t SET STORAGE EXTERNAL;
INSERT INTO wide SELECT g, repeat(md5(g::text), 200 + g * 5) FROM generate_series(1, 60) g;
UPDATE wide SET t = t || 'tail' WHERE id % 3 = 0;
DELETE FROM wide WHERE id % 5 = 0;
VACUUM wide;
-- Subtransactions, aborted and committed.
BEGIN;
INSERT INTO shapes (id, a) VALUES (50001, 'one');
SAVEPOINT s1;
INSERT INTO shapes (id, a) VALUES (50002, 'two');
UPDATE shapes SET a = 'changed' WHERE id = 50001;
ROLLBACK TO s1;
SAVEPOINT s2;
SELECT * FROM shapes WHERE id = 50001 FOR UPDATE;
UPDATE shapes SET a = 'changed again' WHERE id = 50001;
RELEASE s2;
SAVEPOINT s3;
DELETE FROM shapes WHERE id < 200;
COMMIT;
BEGIN;
UPDATE shapes SET a = 'lost';
ROLLBACK;
VACUUM (FREEZE) shapes;
-- Bulk loads into new and into existing pages, frozen and not.
CREATE TABLE copied (id int, t text);
COPY copied FROM PROGRAM 'seq 1 6000 | sed "s/$/\tsome text/"';
COPY copied FROM PROGRAM 'seq 1 100 | sed "s/$/\tmore text/"';
DELETE FROM copied WHERE id % 2 = 0;
VACUUM copied;
COPY copied FROM PROGRAM 'seq 7000 9500 | sed "s/$/\tlater/"';
VACUUM copied;
DELETE FROM copied WHERE id > 3000;
VACUUM copied;
BEGIN;
CREATE TABLE copied_frozen (id int, t text);
COPY copied_frozen FROM PROGRAM 'seq 1 3000 | sed "s/$/\tfrozen/"' WITH (FREEZE);
COMMIT;
UPDATE copied_frozen SET t = 'thawed' WHERE id % 500 = 0;
-- Rows that move between partitions.
CREATE TABLE parts (k int, v text) PARTITION BY LIST (k);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES IN (2);
INSERT INTO parts SELECT 1 + g % 2, 'v' || g FROM generate_series(1, 500) g;
UPDATE parts SET k = 3 - k WHERE v LIKE '%7%';
-- Rewrites, in-place updates of the catalogs, truncation.
CREATE INDEX shapes_a ON shapes (md5(a));
VACUUM FULL shapes;
CLUSTER shapes USING shapes_pkey;
ALTER TABLE wide ADD COLUMN extra int DEFAULT 7, ALTER id TYPE bigint;
ANALYZE;
TRUNCATE copied;
INSERT INTO copied SELECT g, 'after truncate' FROM generate_series(1, 300) g;
DROP TABLE copied_frozen;
