-- Each line of the answer is one difference between what page show and pageinspect say.
with items as (
  select o.relation, o.block, i.* from ours o, jsonb_to_recordset(o.doc->'items') as i(
    off int, state text, at int, "to" int, length int, xmin bigint, xmax bigint, cid bigint,
    ctid text, infomask int, infomask2 int, hoff int, present text, data text, tid text,
    size int, nulls bool, variable bool, heap_tid text, posting text[], hash bigint,
    heap_block bigint, placeholder bool)),
blocks as (select relation, block, doc from ours),
heap_theirs as (
  select relation, block, h.* from blocks, heap_page_items(get_raw_page(relation, block)) h
  where relation in ('facts', 'big')),
btree_theirs as (
  select relation, block, b.* from blocks, bt_page_items(relation, block) b
  where relation in ('facts_pkey', 'facts_n', 'facts_t')
    and block > 0 and doc->'btree'->>'flags' not like '%DELETED%')
select 'header ' || relation || ' ' || block
from blocks, page_header(get_raw_page(relation, block)) h
where (h.lower, h.upper, h.special, h.pagesize, h.version) is distinct from (
    (doc->'header'->>'lower')::int, (doc->'header'->>'upper')::int,
    (doc->'header'->>'special')::int, (doc->'header'->>'size')::int,
    (doc->'header'->>'version')::int)
  or h.lsn <> (doc->'header'->>'lsn')::pg_lsn
  or h.prune_xid::text <> doc->'header'->>'prune_xid'
  or doc->'header'->>'kind' = 'unknown' or jsonb_array_length(doc->'problems') > 0
union all
select 'heap ' || relation || ' ' || block || ' ' || lp
from heap_theirs t left join items o using (relation, block)
where o.off = t.lp and ((case o.state when 'redirect' then o."to" else coalesce(o.at, 0) end,
    coalesce(o.length, 0), o.xmin::text, o.xmax::text, o.ctid, o.infomask, o.infomask2, o.hoff,
    o.data) is distinct from (t.lp_off::int, t.lp_len::int, t.t_xmin::text, t.t_xmax::text,
    t.t_ctid::text, t.t_infomask, t.t_infomask2, t.t_hoff::int, encode(t.t_data, 'hex'))
  or left(t.t_bits, length(o.present)) is distinct from o.present)
union all
select 'heap items missing' from (select count(*) c from heap_theirs) t, (select count(*) c
  from items where relation in ('facts', 'big')) o
where t.c <> o.c or t.c < 20000
union all
select 'btree ' || relation || ' ' || block || ' ' || itemoffset
from btree_theirs t left join items o using (relation, block)
where o.off = t.itemoffset and ((o.tid, o.length, o.nulls, o.variable, o.state = 'dead')
    is distinct from (t.ctid::text, t.itemlen::int, t.nulls, t.vars, coalesce(t.dead, false))
  or not starts_with(o.data, replace(t.data, ' ', ''))
  or o.posting is distinct from t.tids::text[]
  or (o.heap_tid is not null and o.heap_tid <> t.htid::text))
union all
select 'btree items missing' from (select count(*) c from btree_theirs) t, (select count(*) c
  from items where relation in ('facts_pkey', 'facts_n', 'facts_t')) o
where t.c <> o.c or t.c < 5000
union all
select 'btree stats ' || relation || ' ' || block
from blocks, bt_page_stats(relation, block) s
where relation in ('facts_pkey', 'facts_n', 'facts_t') and block > 0
  and (s.btpo_prev::text, s.btpo_next::text, s.btpo_level::text) is distinct from
    (doc->'btree'->>'prev', doc->'btree'->>'next', doc->'btree'->>'level')
union all
select 'btree meta ' || relation from blocks, bt_metap(relation) m
where relation in ('facts_pkey', 'facts_n', 'facts_empty') and block = 0
  and (m.version::text, m.root::text, m.level::text, m.fastroot::text, m.fastlevel::text,
    m.allequalimage::text) is distinct from (doc->'meta'->>'version', doc->'meta'->>'root',
    doc->'meta'->>'level', doc->'meta'->>'fastroot', doc->'meta'->>'fastlevel',
    doc->'meta'->>'allequalimage')
union all
select 'hash items ' || b.relation || ' ' || b.block || ' ' || t.itemoffset
from blocks b, lateral (select * from hash_page_items(get_raw_page(b.relation, b.block))
  where b.doc->'hash'->>'flags' ~ 'BUCKET|OVERFLOW') t
  left join items o on o.off = t.itemoffset
where b.relation like 'facts_hash%' and o.relation = b.relation and o.block = b.block
  and (o.tid, o.hash) is distinct from (t.ctid::text, t.data)
union all
select 'hash meta ' || relation from blocks, hash_metapage_info(get_raw_page(relation, 0)) m
where relation like 'facts_hash%' and block = 0
  and (m.ntuples::text, m.maxbucket::text, m.highmask::text, m.ovflpoint::text, m.nmaps::text,
    (select array_agg(x::int8) from jsonb_array_elements_text(doc->'meta'->'spares') x))
  is distinct from ((doc->'meta'->>'ntuples')::float8::text, doc->'meta'->>'maxbucket',
    doc->'meta'->>'highmask', doc->'meta'->>'ovflpoint', doc->'meta'->>'nmaps', m.spares)
union all
select 'gin meta' from blocks, gin_metapage_info(get_raw_page('facts_gin', 0)) m
where relation = 'facts_gin' and block = 0
  and (m.pending_head::text, m.n_pending_pages::text, m.n_pending_tuples::text,
    m.n_total_pages::text, m.n_entry_pages::text, m.n_data_pages::text, m.n_entries::text)
  is distinct from (doc->'meta'->>'pending_head', doc->'meta'->>'n_pending_pages',
    doc->'meta'->>'n_pending_tuples', doc->'meta'->>'n_total_pages',
    doc->'meta'->>'n_entry_pages', doc->'meta'->>'n_data_pages', doc->'meta'->>'n_entries')
union all
select 'gin opaque ' || block from blocks, gin_page_opaque_info(get_raw_page(relation, block)) i
where relation = 'facts_gin' and (i.rightlink::text, i.maxoff::text) is distinct from
  (doc->'gin'->>'rightlink', doc->'gin'->>'maxoff')
union all
select 'gin leaf ' || block from blocks b, lateral (
  select array_agg(tids::text order by first_tid) as lists from
    gin_leafpage_items(get_raw_page(relation, block))) t
where relation = 'facts_gin' and doc->'gin'->'flags' @> '["DATA", "LEAF", "COMPRESSED"]'
  and t.lists is distinct from (select array_agg((select
    array_agg(x::tid)::text from jsonb_array_elements_text(l->'tids') x) order by
    (l->'tids'->>0)::tid) from jsonb_array_elements(doc->'posting_lists') l)
union all
select 'gist opaque ' || block from blocks, gist_page_opaque_info(get_raw_page(relation, block)) i
where relation = 'facts_gist' and (i.nsn, i.rightlink::text) is distinct from
  ((doc->'gist'->>'nsn')::pg_lsn, doc->'gist'->>'rightlink')
union all
select 'gist items ' || b.block || ' ' || t.itemoffset
from blocks b, gist_page_items_bytea(get_raw_page(b.relation, b.block)) t, items o
where b.relation = 'facts_gist' and o.relation = b.relation and o.block = b.block
  and o.off = t.itemoffset and (o.tid, o.size, '00' || o.data) is distinct from
    (t.ctid::text, t.itemlen::int, '00' || substr(encode(t.key_data, 'hex'), 17))
union all
select 'brin meta' from blocks, brin_metapage_info(get_raw_page('facts_brin', 0)) m
where relation = 'facts_brin' and block = 0 and (m.version::text, m.pagesperrange::text,
  m.lastrevmappage::text) is distinct from (doc->'meta'->>'version',
  doc->'meta'->>'pages_per_range', doc->'meta'->>'last_revmap_page')
union all
select 'brin revmap' from blocks b where relation = 'facts_brin' and block = 1
  and (select array_agg(pages::text) from brin_revmap_data(get_raw_page('facts_brin', 1))
    where pages <> '(0,0)') is distinct from
  (select array_agg(r->>'tid') from jsonb_array_elements(doc->'ranges') r)
union all
select 'brin items ' || t.itemoffset from items o
  full join brin_page_items(get_raw_page('facts_brin', 2), 'facts_brin') t
  on o.off = t.itemoffset and o.relation = 'facts_brin' and o.block = 2
where t.itemoffset is not null and (o.heap_block, o.placeholder) is distinct from
  (t.blknum, t.placeholder)
union all
select 'brin page type ' || block from blocks, brin_page_type(get_raw_page(relation, block)) t
where relation = 'facts_brin' and t <> doc->'brin'->>'type'
union all
select 'sequence' from blocks, facts_id_seq s where relation = 'facts_id_seq'
  and (s.last_value::text, s.log_cnt::text, s.is_called::text) is distinct from
  (doc->'items'->0->>'last_value', doc->'items'->0->>'log_cnt', doc->'items'->0->>'is_called')
union all
select 'too few compared: ' || what || ' ' || number from (
  select 'hash', count(*), 5000 from items where hash is not null
  union all
  select 'gin', count(*), 1 from blocks where relation = 'facts_gin' and doc ? 'posting_lists'
  union all
  select 'gist', count(*), 4000 from items where relation = 'facts_gist'
  union all
  select 'brin', count(*), 10 from items where relation = 'facts_brin'
  union all
  select 'ranges', count(*), 1 from blocks where doc ? 'ranges') c(what, number, least)
where number < least;
