\set id random(1, 300)
INSERT INTO upserted VALUES (:id, 1) ON CONFLICT (id) DO UPDATE SET value = upserted.value + 1;
SELECT nextval('counted');
INSERT INTO child (parent) VALUES (1 + :id % 40);
DELETE FROM upserted WHERE id = :id + 1;
