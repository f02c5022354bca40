-- What a control plane of schema version 1 had written: a project with three branches and an
-- endpoint; safekeeper 3 was away when the last branch was made. Written out by sqlite3 .dump.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "flyway_schema_history" (
    "installed_rank" INT NOT NULL PRIMARY KEY,
    "version" VARCHAR(50),
    "description" VARCHAR(200) NOT NULL,
    "type" VARCHAR(20) NOT NULL,
    "script" VARCHAR(1000) NOT NULL,
    "checksum" INT,
    "installed_by" VARCHAR(100) NOT NULL,
    "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),
    "execution_time" INT NOT NULL,
    "success" BOOLEAN NOT NULL
);
INSERT INTO flyway_schema_history VALUES(1,'1','first','SQL','V1__first.sql',-515801744,'','2026-11-27 00:00:52.033',269,1);
CREATE TABLE storage_node (
  kind text not null check (kind in ('pageserver', 'safekeeper')),
  node_id bigint not null,
  pg_address text not null,
  http_address text not null,
  primary key (kind, node_id)
);
INSERT INTO storage_node VALUES('pageserver',1,'127.0.0.1:20001','127.0.0.1:32813');
INSERT INTO storage_node VALUES('safekeeper',1,'127.0.0.1:20001','127.0.0.1:40553');
INSERT INTO storage_node VALUES('safekeeper',2,'127.0.0.1:20002','127.0.0.1:33351');
INSERT INTO storage_node VALUES('safekeeper',3,'127.0.0.1:20003','127.0.0.1:34577');
CREATE TABLE project (
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
INSERT INTO project VALUES('restless-sunset-7e2k2fsg','main','5a1715fff3e147a11ee88ee940ae7fdf',1,1,15,'C.UTF-8','postgres','tw7s118u1h06pqmxpjh11u84','ready','2026-11-27T00:00:54.871628817Z','2026-11-27T00:01:04.624987820Z');
CREATE TABLE branch (
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
INSERT INTO branch VALUES('br-royal-credit-r6v1n5qj','restless-sunset-7e2k2fsg',NULL,'','','','main','98ec899916e40159bf8fc3c9002ae27a','7300000000000000001','0/1509D10',1,1,'ready','2026-11-27T00:00:54.871628817Z','2026-11-27T00:00:55.993559051Z');
INSERT INTO branch VALUES('br-proud-scene-sjwjabiv','restless-sunset-7e2k2fsg','br-royal-credit-r6v1n5qj','0/1700000','','0/1700007','early','325a3908bd8e01139bb632e1e9ff3d46','7300000000000000001','0/1700000',1,0,'ready','2026-11-27T00:00:56.176671874Z','2026-11-27T00:00:57.925414440Z');
INSERT INTO branch VALUES('br-white-scene-kfypztm4','restless-sunset-7e2k2fsg','br-royal-credit-r6v1n5qj','0/2000000','','0/2000000','late','d2e8c6b6d8498f981c33b867560e3196','7300000000000000001','0/2000000',1,0,'ready','2026-11-27T00:01:04.206774149Z','2026-11-27T00:01:04.620441010Z');
CREATE TABLE branch_member (
  branch_id text not null references branch (id) on delete cascade,
  node_id bigint not null,
  created integer not null,
  primary key (branch_id, node_id)
);
INSERT INTO branch_member VALUES('br-royal-credit-r6v1n5qj',1,1);
INSERT INTO branch_member VALUES('br-royal-credit-r6v1n5qj',2,1);
INSERT INTO branch_member VALUES('br-royal-credit-r6v1n5qj',3,1);
INSERT INTO branch_member VALUES('br-proud-scene-sjwjabiv',1,1);
INSERT INTO branch_member VALUES('br-proud-scene-sjwjabiv',2,1);
INSERT INTO branch_member VALUES('br-proud-scene-sjwjabiv',3,1);
INSERT INTO branch_member VALUES('br-white-scene-kfypztm4',1,1);
INSERT INTO branch_member VALUES('br-white-scene-kfypztm4',2,1);
INSERT INTO branch_member VALUES('br-white-scene-kfypztm4',3,0);
CREATE TABLE endpoint (
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
INSERT INTO endpoint VALUES('ep-quiet-bar-ybho2gdk','restless-sunset-7e2k2fsg','br-royal-credit-r6v1n5qj','ep-quiet-bar-ybho2gdk','read_write','',34533,34534,0,1,'{}','2026-11-27T00:00:58.159221830Z','2026-11-27T00:01:03.429040751Z');
CREATE TABLE operation (
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
INSERT INTO operation VALUES('644c17a3-c64d-14b5-d5c2-3197dcc7f8e9','restless-sunset-7e2k2fsg','br-royal-credit-r6v1n5qj','','create_timeline','finished','','2026-11-27T00:00:54.960361126Z','2026-11-27T00:00:56.106559654Z');
INSERT INTO operation VALUES('9cba734c-0bc8-6099-c74c-216a02f967b0','restless-sunset-7e2k2fsg','br-proud-scene-sjwjabiv','','create_timeline','finished','','2026-11-27T00:00:56.183078352Z','2026-11-27T00:00:58.081588621Z');
INSERT INTO operation VALUES('71cef2da-1265-9a41-c1cb-0f5030efe182','restless-sunset-7e2k2fsg','br-royal-credit-r6v1n5qj','ep-quiet-bar-ybho2gdk','start_compute','finished','','2026-11-27T00:00:58.336187603Z','2026-11-27T00:01:03.218893474Z');
INSERT INTO operation VALUES('578d1c71-ee80-eefc-41ad-07fc85555365','restless-sunset-7e2k2fsg','br-royal-credit-r6v1n5qj','ep-quiet-bar-ybho2gdk','suspend_compute','finished','','2026-11-27T00:01:03.383706961Z','2026-11-27T00:01:03.980507825Z');
INSERT INTO operation VALUES('4d1920ce-ead6-1cf5-b958-09ec53cb2ed7','restless-sunset-7e2k2fsg','br-white-scene-kfypztm4','','create_timeline','finished','','2026-11-27T00:01:04.256557075Z','2026-11-27T00:01:04.649077649Z');
CREATE INDEX "flyway_schema_history_s_idx" ON "flyway_schema_history" ("success");
CREATE UNIQUE INDEX endpoint_one_writer on endpoint (branch_id) where type = 'read_write';
CREATE INDEX operation_by_project on operation (project_id, created_at);
COMMIT;
