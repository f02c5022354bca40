-- Which safekeepers keep a timeline becomes an object of its own that can change: a configuration
-- with a generation, joint while members are exchanged.

-- A safekeeper gets new timelines while it is active; draining, its timelines move to others; then
-- it is decommissioned and never used again. Pageservers are active.
alter table storage_node add column state text not null default 'active'
  check (state in ('active', 'draining', 'decommissioned'));

-- Who takes a draining safekeeper's place; 0 for whoever has the fewest timelines.
alter table storage_node add column replacement_id bigint not null default 0;

create table membership (
  branch_id text primary key references branch (id) on delete cascade,
  -- Grows with each change. Two configurations of one generation are the same configuration.
  generation integer not null,
  -- The last generations that the pageserver and the branch's computes have been told.
  pageserver_generation integer not null,
  computes_generation integer not null
);

insert into membership
  select id, safekeepers_generation, safekeepers_generation, safekeepers_generation from branch;

create table membership_member (
  branch_id text not null references membership (branch_id) on delete cascade,
  node_id bigint not null,
  -- Where the node listens (host:port). Part of the configuration, so it stays as it was told.
  pg_address text not null,
  -- In a joint configuration a node may be in the old set, in the new set or in both; in any other
  -- all are in the first.
  is_member integer not null,
  is_new_member integer not null,
  -- Whether the node has confirmed to hold the timeline. One that was told once is never told again
  -- to begin it: if its timeline is gone, its disk was lost and it must not vote from an empty
  -- memory.
  created integer not null,
  -- The last generation that the node has confirmed.
  told_generation integer not null,
  primary key (branch_id, node_id)
);

insert into membership_member
  select m.branch_id, m.node_id, n.pg_address, 1, 0, m.created,
    case when m.created = 1 then b.safekeepers_generation else 0 end
  from branch_member m
  join branch b on b.id = m.branch_id
  join storage_node n on n.kind = 'safekeeper' and n.node_id = m.node_id;

create index membership_by_node on membership_member (node_id);

-- Nodes that are no members any more and have yet to be told to forget the timeline.
create table membership_exclusion (
  branch_id text not null references membership (branch_id) on delete cascade,
  node_id bigint not null,
  primary key (branch_id, node_id)
);

drop table branch_member;

alter table branch drop column safekeepers_generation;
