create extension pageinspect;
create extension pg_visibility;
create table facts(id serial primary key, n int, t text, tags int[], p point, b box);
insert into facts(n, t, tags, p, b)
  select g % 50, case when g % 7 = 0 then null else repeat(md5(g::text), g % 4) end,
    array[0, g % 300 + 1, g], point(g % 100, g / 100), box(point(g, g), point(g + 1, g + 2))
  from generate_series(1, 5000) g;
create index facts_n on facts(n);
create index facts_t on facts(t, n);
create index facts_hash on facts using hash(n);
create index facts_hash_t on facts using hash(t);
create index facts_gin on facts using gin(tags) with (fastupdate = on);
create index facts_gist on facts using gist(b);
create index facts_spgist on facts using spgist(p);
create index facts_spgist_t on facts using spgist(t);
create index facts_brin on facts using brin(id) with (pages_per_range = 2);
create index facts_empty on facts(n) where n > 1000;
delete from facts where n < 5 or id between 3000 and 3600;
update facts set n = n + 1 where id % 11 = 0;
vacuum facts;
insert into facts(n, t, tags, p, b)
  select g, 'x' || g, array[g], point(g, -g), box(point(g, g), point(g, g))
  from generate_series(1, 600) g;
begin;
select count(*) from (select 1 from facts where id < 900 for update) x;
savepoint s;
update facts set t = 'locked' where id = 700;
rollback to s;
select count(*) from (select 1 from facts where id < 100 for share) x;
commit;
create table big(i int, f text);
insert into big select g, repeat('y', 500) from generate_series(1, 20000) g;
vacuum (freeze) big;
select nextval('facts_id_seq');
create table ours(relation text, block int, doc jsonb);
checkpoint;
