-- A prepared transaction holds a share lock on every row; each later one that joins in makes a
-- multixact of the two.
CREATE TABLE shared_rows (id int PRIMARY KEY);
INSERT INTO shared_rows SELECT generate_series(1, 4500);
BEGIN;
SELECT count(*) FROM (SELECT * FROM shared_rows FOR KEY SHARE) AS locked;
PREPARE TRANSACTION 'shares';
DO $$
BEGIN
  FOR i IN 1..4400 LOOP
    PERFORM 1 FROM shared_rows WHERE id = i FOR KEY SHARE;
    COMMIT;
  END LOOP;
END $$;
-- Transactions enough for a page of the commit log and for a segment of commit timestamps.
DO $$
BEGIN
  FOR i IN 1..34000 LOOP
    PERFORM pg_current_xact_id();
    COMMIT;
  END LOOP;
END $$;
COMMIT PREPARED 'shares';
UPDATE pg_database SET datallowconn = true;
