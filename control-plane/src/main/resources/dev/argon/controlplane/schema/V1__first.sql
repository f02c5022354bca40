-- What the control plane knows. Ids are text, LSNs PostgreSQL's text form, times RFC 3339 in UTC;
-- an absent text is empty. The same text is meant to run on SQLite and on PostgreSQL.

create table storage_node (
  kind text not null check (kind in ('pageserver', 'safekeeper')),
  node_id bigint not null,
  pg_address text not null,
  http_address text not null,
  primary key (kind, node_id)
);

create table project (
  id text primary key,
  name text not null unique,
  tenant_id text not null unique,
  -- The attachment's generation: grows with each attach, is never used twice.
  generation bigint not null,
  pageserver_id bigint not null,
  pg_version integer not null,
  locale text not null,
  superuser text not null,
  password text not null,
  state text not null check (state in ('init', 'ready', 'deleting')),
  created_at text not null,
  updated_at text not null
);

create table branch (
  id text primary key,
  project_id text not null references project (id),
  -- A parent cannot go before its children.
  parent_id text references branch (id),
  parent_lsn text not null,
  parent_timestamp text not null,
  requested_lsn text not null,
  name text not null,
  timeline_id text not null unique,
  system_id text not null,
  start_lsn text not null,
  safekeepers_generation integer not null,
  is_default integer not null,
  state text not null check (state in ('init', 'ready', 'deleting')),
  created_at text not null,
  updated_at text not null,
  unique (project_id, name)
);

-- Which safekeepers hold a branch. A member that was told once is never told again: if its timeline
-- is gone, its disk was lost and it must not vote from an empty memory.
create table branch_member (
  branch_id text not null references branch (id) on delete cascade,
  node_id bigint not null,
  created integer not null,
  primary key (branch_id, node_id)
);

create table endpoint (
  id text primary key,
  project_id text not null references project (id),
  branch_id text not null references branch (id),
  name text not null,
  type text not null check (type in ('read_write', 'read_only')),
  static_lsn text not null,
  pg_port integer not null unique,
  http_port integer not null unique,
  -- Whether its owner wants it to run.
  wanted integer not null,
  -- The number of its newest start directory.
  start_number bigint not null,
  settings text not null,
  created_at text not null,
  updated_at text not null,
  unique (project_id, name)
);

create unique index endpoint_one_writer on endpoint (branch_id) where type = 'read_write';

create table operation (
  id text primary key,
  project_id text not null,
  branch_id text not null,
  endpoint_id text not null,
  action text not null,
  status text not null check (status in ('running', 'finished', 'failed')),
  error text not null,
  created_at text not null,
  updated_at text not null
);

create index operation_by_project on operation (project_id, created_at);
