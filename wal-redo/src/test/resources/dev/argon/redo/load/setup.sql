CREATE TABLE locked (id int PRIMARY KEY, value int, label text);
INSERT INTO locked SELECT g, 0, 'row ' || g FROM generate_series(1, 40) g;
CREATE TABLE child (id serial PRIMARY KEY, parent int REFERENCES locked (id));
CREATE TABLE frozen_rows (id int PRIMARY KEY, value int);
INSERT INTO frozen_rows SELECT g, g FROM generate_series(1, 2000) g;
VACUUM (FREEZE) frozen_rows;
CREATE TABLE upserted (id int PRIMARY KEY, value int);
CREATE SEQUENCE counted CACHE 3 INCREMENT 7;
