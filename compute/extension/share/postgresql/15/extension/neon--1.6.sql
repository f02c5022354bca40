-- Functions and views that Neon's users know, by the same names. The version is the one of Neon's
-- extension that has all of them; see docs/extension.md.
\echo Use "CREATE EXTENSION neon" to load this file. \quit

-- How far the pageserver is.

CREATE FUNCTION pg_cluster_size() RETURNS bigint
  LANGUAGE C STRICT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'pg_cluster_size';

CREATE FUNCTION backpressure_lsns(
    OUT received_lsn pg_lsn, OUT disk_consistent_lsn pg_lsn, OUT remote_consistent_lsn pg_lsn)
  LANGUAGE C STRICT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'backpressure_lsns';

CREATE FUNCTION backpressure_throttling_time() RETURNS bigint
  LANGUAGE C STRICT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'backpressure_throttling_time';

-- The local cache.

CREATE FUNCTION local_cache_pages() RETURNS SETOF record
  LANGUAGE C PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'local_cache_pages';

CREATE VIEW local_cache AS
  SELECT pageoffs, relfilenode, reltablespace, reldatabase, relforknumber, relblocknumber,
         accesscount
    FROM local_cache_pages() AS pages (
      pageoffs bigint, relfilenode oid, reltablespace oid, reldatabase oid,
      relforknumber smallint, relblocknumber bigint, accesscount integer);

CREATE FUNCTION neon_get_lfc_stats() RETURNS SETOF record
  LANGUAGE C PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'neon_get_lfc_stats';

CREATE VIEW neon_lfc_stats AS
  SELECT lfc_key, lfc_value
    FROM neon_get_lfc_stats() AS stats (lfc_key text, lfc_value bigint);

CREATE VIEW neon_stat_file_cache AS
  WITH stats AS (
    SELECT max(value) FILTER (WHERE name = 'file_cache_misses') AS misses,
           max(value) FILTER (WHERE name = 'file_cache_hits') AS hits,
           max(value) FILTER (WHERE name = 'file_cache_used') AS used,
           max(value) FILTER (WHERE name = 'file_cache_writes') AS writes
      FROM neon_get_lfc_stats() AS stats (name text, value bigint))
  SELECT misses AS file_cache_misses,
         hits AS file_cache_hits,
         used AS file_cache_used,
         writes AS file_cache_writes,
         round(100 * hits::numeric / nullif(hits + misses, 0), 2) AS file_cache_hit_ratio
    FROM stats;

GRANT SELECT ON neon_stat_file_cache TO pg_monitor;

-- How many different pages were read, ever or in the last so many seconds.

CREATE FUNCTION approximate_working_set_size(reset boolean) RETURNS integer
  LANGUAGE C PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'approximate_working_set_size';

GRANT EXECUTE ON FUNCTION approximate_working_set_size(boolean) TO pg_monitor;

CREATE FUNCTION approximate_working_set_size_seconds(duration integer DEFAULT NULL) RETURNS integer
  LANGUAGE C PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'approximate_working_set_size_seconds';

GRANT EXECUTE ON FUNCTION approximate_working_set_size_seconds(integer) TO pg_monitor;

-- Reads that had to wait. bucket_le is the upper bound of a bucket of a histogram, in seconds.

CREATE FUNCTION get_backend_perf_counters() RETURNS SETOF record
  LANGUAGE C PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'neon_get_backend_perf_counters';

CREATE VIEW neon_backend_perf_counters AS
  SELECT procno, pid, metric, bucket_le, value
    FROM get_backend_perf_counters() AS counters (
      procno integer, pid integer, metric text, bucket_le double precision,
      value double precision);

CREATE FUNCTION get_perf_counters() RETURNS SETOF record
  LANGUAGE C PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'neon_get_perf_counters';

CREATE VIEW neon_perf_counters AS
  SELECT metric, bucket_le, value
    FROM get_perf_counters() AS counters (
      metric text, bucket_le double precision, value double precision);

-- Which pages are here, and getting them again.

CREATE FUNCTION get_prewarm_info(
    OUT total_pages integer, OUT prewarmed_pages integer, OUT skipped_pages integer,
    OUT active_workers integer)
  LANGUAGE C STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'get_prewarm_info';

CREATE FUNCTION get_local_cache_state(max_chunks integer DEFAULT NULL) RETURNS bytea
  LANGUAGE C PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'get_local_cache_state';

CREATE FUNCTION prewarm_local_cache(state bytea, n_workers integer DEFAULT 1) RETURNS void
  LANGUAGE C STRICT PARALLEL UNSAFE
  AS 'MODULE_PATHNAME', 'prewarm_local_cache';
