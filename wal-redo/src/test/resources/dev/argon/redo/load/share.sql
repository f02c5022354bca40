\set id random(1, 5)
\set kind random(1, 4)
BEGIN;
\if :kind = 1
SELECT * FROM locked WHERE id = :id FOR KEY SHARE;
\elif :kind = 2
SELECT * FROM locked WHERE id = :id FOR SHARE;
\elif :kind = 3
UPDATE locked SET value = value + 1 WHERE id = :id;
\else
SELECT * FROM locked WHERE id = :id FOR NO KEY UPDATE;
\endif
\sleep 2 ms
SAVEPOINT s;
SELECT * FROM frozen_rows WHERE id = :id * 77 FOR KEY SHARE;
RELEASE s;
COMMIT;
