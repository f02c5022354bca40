/*-------------------------------------------------------------------------
 *
 * neon_sql.c
 *	  The functions of the extension "neon".
 *
 * What the shared file counts is shown as it is; everything else is asked of
 * the JVM.  Rows are described here and not by the caller's column list, which
 * the executor then compares.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/pg_lsn.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(pg_cluster_size);
PG_FUNCTION_INFO_V1(backpressure_lsns);
PG_FUNCTION_INFO_V1(backpressure_throttling_time);
PG_FUNCTION_INFO_V1(local_cache_pages);
PG_FUNCTION_INFO_V1(neon_get_lfc_stats);
PG_FUNCTION_INFO_V1(approximate_working_set_size);
PG_FUNCTION_INFO_V1(approximate_working_set_size_seconds);
PG_FUNCTION_INFO_V1(neon_get_backend_perf_counters);
PG_FUNCTION_INFO_V1(neon_get_perf_counters);
PG_FUNCTION_INFO_V1(get_prewarm_info);
PG_FUNCTION_INFO_V1(get_local_cache_state);
PG_FUNCTION_INFO_V1(prewarm_local_cache);

typedef struct Column
{
	const char *name;
	Oid			type;
} Column;

typedef struct Rows
{
	Tuplestorestate *store;
	TupleDesc	descriptor;
} Rows;

static void
need_argon(void)
{
	if (argon == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this server does not run on Argon storage")));
}

static Rows
begin_rows(FunctionCallInfo fcinfo, const Column *columns, int count)
{
	ReturnSetInfo *info = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext before;
	Rows		rows;

	need_argon();
	if (info == NULL || !IsA(info, ReturnSetInfo) ||
		!(info->allowedModes & SFRM_Materialize))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	before = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
	rows.descriptor = CreateTemplateTupleDesc(count);
	for (int i = 0; i < count; i++)
		TupleDescInitEntry(rows.descriptor, i + 1, columns[i].name,
						   columns[i].type, -1, 0);
	rows.store = tuplestore_begin_heap(true, false, work_mem);
	MemoryContextSwitchTo(before);
	info->returnMode = SFRM_Materialize;
	info->setResult = rows.store;
	info->setDesc = rows.descriptor;
	return rows;
}

static uint64
counter(int number)
{
	return pg_atomic_read_u64(ARGON_ATOMIC64(argon->counters[number]));
}

static uint64
sum_of_rows(int number)
{
	uint64		sum = 0;

	for (uint32 row = 0; row < argon->process_rows; row++)
		sum += pg_atomic_read_u64(ARGON_ATOMIC64(argon_counters_of(row)[number]));
	return sum;
}

static int64
ask_number(uint32 kind, int32 argument)
{
	bytea	   *answer = argon_call(kind, argument, NULL, 0);
	int64		number;

	if (VARSIZE(answer) != VARHDRSZ + sizeof(number))
		elog(ERROR, "the compute process answered with %u bytes, not with a number",
			 VARSIZE(answer));
	memcpy(&number, VARDATA(answer), sizeof(number));
	return number;
}

/* ---- how large, and how far the pageserver is ---- */

/* Bytes of all databases' relations. */
Datum
pg_cluster_size(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(ask_number(ARGON_CALL_CLUSTER_SIZE, 0));
}

Datum
backpressure_lsns(PG_FUNCTION_ARGS)
{
	TupleDesc	descriptor;
	Datum		values[3];
	bool		nulls[3] = {false};

	need_argon();
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE ||
		descriptor->natts != lengthof(values))
		elog(ERROR, "backpressure_lsns must return three positions");
	values[0] = LSNGetDatum(argon->received_lsn);
	values[1] = LSNGetDatum(argon->disk_consistent_lsn);
	values[2] = LSNGetDatum(argon->remote_consistent_lsn);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls)));
}

/* Microseconds, of all sessions since the start. */
Datum
backpressure_throttling_time(PG_FUNCTION_ARGS)
{
	need_argon();
	PG_RETURN_INT64((int64) counter(ARGON_THROTTLE_MICROS));
}

/* ---- the local cache ---- */

static void
add_cached_pages(const Rows *rows, uint32 index, const ArgonChunk *chunk)
{
	for (uint32 i = 0; i < ARGON_CHUNK_BLOCKS; i++)
	{
		ArgonWord	seen = argon_load(argon_block(index, i));
		Datum		values[7];
		bool		nulls[7] = {false};

		if (!(seen.part.word & ARGON_F_COUNTED))
			continue;
		values[0] = Int64GetDatum((int64) index * ARGON_CHUNK_BLOCKS + i);
		values[1] = ObjectIdGetDatum(chunk->rel);
		values[2] = ObjectIdGetDatum(chunk->spc);
		values[3] = ObjectIdGetDatum(chunk->db);
		values[4] = Int16GetDatum((int16) chunk->fork);
		values[5] = Int64GetDatum((int64) chunk->number * ARGON_CHUNK_BLOCKS + i);
		values[6] = Int32GetDatum((seen.part.word & ARGON_F_USED) ? 1 : 0);
		tuplestore_putvalues(rows->store, rows->descriptor, values, nulls);
	}
}

Datum
local_cache_pages(PG_FUNCTION_ARGS)
{
	static const Column columns[] = {
		{"pageoffs", INT8OID}, {"relfilenode", OIDOID},
		{"reltablespace", OIDOID}, {"reldatabase", OIDOID},
		{"relforknumber", INT2OID}, {"relblocknumber", INT8OID},
		{"accesscount", INT4OID}
	};
	Rows		rows = begin_rows(fcinfo, columns, lengthof(columns));
	uint32		high = pg_atomic_read_u32(ARGON_ATOMIC32(argon->chunk_high));

	for (uint32 i = 0; i < high; i++)
	{
		ArgonChunk	chunk = *(volatile ArgonChunk *) argon_chunk(i);

		CHECK_FOR_INTERRUPTS();
		pg_read_barrier();
		/* copied while it was given to another relation? then leave it out */
		if ((chunk.status & ARGON_CHUNK_KIND_MASK) == ARGON_CHUNK_LIVE &&
			pg_atomic_read_u32(ARGON_ATOMIC32(argon_chunk(i)->status)) == chunk.status)
			add_cached_pages(&rows, i, &chunk);
	}
	return (Datum) 0;
}

Datum
neon_get_lfc_stats(PG_FUNCTION_ARGS)
{
	static const Column columns[] = {{"lfc_key", TEXTOID}, {"lfc_value", INT8OID}};
	Rows		rows = begin_rows(fcinfo, columns, lengthof(columns));
	uint64		resident = counter(ARGON_RESIDENT_BLOCKS);
	int64		limit = (int64) pg_atomic_read_u64(ARGON_ATOMIC64(argon->cache_limit_blocks));
	const struct
	{
		const char *key;
		int64		value;
	}			stats[] = {
		/* the cache keeps and drops single pages */
		{"file_cache_chunk_size_pages", 1},
		{"file_cache_misses", sum_of_rows(ARGON_PROC_MISSES)},
		{"file_cache_hits", sum_of_rows(ARGON_PROC_HITS)},
		{"file_cache_used", resident},
		{"file_cache_writes", sum_of_rows(ARGON_PROC_WRITES) + sum_of_rows(ARGON_PROC_EXTENDS)},
		{"file_cache_size", resident},
		{"file_cache_used_pages", resident},
		{"file_cache_evicted_pages", counter(ARGON_EVICTED_BLOCKS)},
		{"file_cache_limit", limit},
	};

	for (int i = 0; i < lengthof(stats); i++)
	{
		Datum		values[2] = {CStringGetTextDatum(stats[i].key),
		Int64GetDatum(stats[i].value)};
		bool		nulls[2] = {false, stats[i].value < 0};

		tuplestore_putvalues(rows.store, rows.descriptor, values, nulls);
	}
	return (Datum) 0;
}

/* ---- the working set ---- */

static int32
working_set(uint32 kind, int32 seconds)
{
	return (int32) Min(ask_number(kind, seconds), PG_INT32_MAX);
}

Datum
approximate_working_set_size(PG_FUNCTION_ARGS)
{
	bool		reset = !PG_ARGISNULL(0) && PG_GETARG_BOOL(0);

	PG_RETURN_INT32(working_set(reset ? ARGON_CALL_WORKING_SET_RESET :
								ARGON_CALL_WORKING_SET, -1));
}

Datum
approximate_working_set_size_seconds(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(working_set(ARGON_CALL_WORKING_SET,
								PG_ARGISNULL(0) ? -1 : Max(PG_GETARG_INT32(0), 0)));
}

/* ---- performance counters ---- */

typedef struct Metrics
{
	Rows		rows;
	int			leading;		/* columns before the metric's */
	Datum		values[5];
} Metrics;

static void
add_metric(Metrics *metrics, const char *name, double bound, double value)
{
	bool		nulls[5] = {false};
	int			at = metrics->leading;

	metrics->values[at] = CStringGetTextDatum(name);
	metrics->values[at + 1] = Float8GetDatum(bound);
	nulls[at + 1] = isnan(bound);
	metrics->values[at + 2] = Float8GetDatum(value);
	tuplestore_putvalues(metrics->rows.store, metrics->rows.descriptor,
						 metrics->values, nulls);
}

static void
add_number(Metrics *metrics, const char *name, uint64 value)
{
	add_metric(metrics, name, NAN, (double) value);
}

/* What each process counts, of the rows from first up to end. */
static void
add_process_metrics(Metrics *metrics, uint32 first, uint32 end)
{
	uint64		waits[ARGON_WAIT_COUNTERS] = {0};
	uint64		counters[ARGON_PROC_COUNTERS] = {0};
	uint64		below = 0;

	for (uint32 row = first; row < end; row++)
	{
		for (int i = 0; i < ARGON_WAIT_COUNTERS; i++)
			waits[i] += pg_atomic_read_u64(ARGON_ATOMIC64(argon_waits_of(row)[i]));
		for (int i = 0; i < ARGON_PROC_COUNTERS; i++)
			counters[i] += pg_atomic_read_u64(ARGON_ATOMIC64(argon_counters_of(row)[i]));
	}
	for (int i = 0; i < ARGON_WAIT_BUCKETS; i++)
		below += waits[i];
	add_number(metrics, "getpage_wait_seconds_count", below);
	add_metric(metrics, "getpage_wait_seconds_sum", NAN,
			   waits[ARGON_WAIT_SUM] / 1000000.0);
	below = 0;
	for (int i = 0; i < ARGON_WAIT_BUCKETS; i++)
	{
		uint64		bound = argon_wait_bound(i);

		below += waits[i];
		add_metric(metrics, "getpage_wait_seconds_bucket",
				   bound == PG_UINT64_MAX ? INFINITY : bound / 1000000.0,
				   (double) below);
	}
	add_number(metrics, "getpage_prefetch_requests_total",
			   counters[ARGON_PROC_READAHEAD]);
	/* a miss asks, or waits for what somebody else has asked */
	add_number(metrics, "getpage_sync_requests_total",
			   counters[ARGON_PROC_MISSES] - Min(counters[ARGON_PROC_MISSES],
												 counters[ARGON_PROC_WAITS]));
	add_number(metrics, "file_cache_hits_total", counters[ARGON_PROC_HITS]);
}

Datum
neon_get_backend_perf_counters(PG_FUNCTION_ARGS)
{
	static const Column columns[] = {
		{"procno", INT4OID}, {"pid", INT4OID}, {"metric", TEXTOID},
		{"bucket_le", FLOAT8OID}, {"value", FLOAT8OID}
	};
	Metrics		metrics = {.rows = begin_rows(fcinfo, columns, lengthof(columns)),
	.leading = 2};
	uint32		processes = Min(MaxBackends + NUM_AUXILIARY_PROCS,
								argon->process_rows);

	for (uint32 row = 0; row < processes; row++)
	{
		CHECK_FOR_INTERRUPTS();
		metrics.values[0] = Int32GetDatum((int32) row);
		metrics.values[1] = Int32GetDatum(GetPGProcByNumber(row)->pid);
		add_process_metrics(&metrics, row, row + 1);
	}
	return (Datum) 0;
}

Datum
neon_get_perf_counters(PG_FUNCTION_ARGS)
{
	static const Column columns[] = {
		{"metric", TEXTOID}, {"bucket_le", FLOAT8OID}, {"value", FLOAT8OID}
	};
	Metrics		metrics = {.rows = begin_rows(fcinfo, columns, lengthof(columns))};

	add_process_metrics(&metrics, 0, argon->process_rows);
	/* the JVM holds the connections, for all processes */
	add_number(&metrics, "getpage_prefetch_discards_total",
			   counter(ARGON_DROPPED_PAGES));
	add_number(&metrics, "pageserver_requests_sent_total",
			   counter(ARGON_REQUESTS_SENT));
	add_number(&metrics, "pageserver_disconnects_total",
			   counter(ARGON_DISCONNECTS));
	add_number(&metrics, "pageserver_send_flushes_total",
			   counter(ARGON_SEND_FLUSHES));
	add_number(&metrics, "pageserver_open_requests",
			   counter(ARGON_OPEN_REQUESTS));
	return (Datum) 0;
}

/* ---- prewarming ---- */

/* Of the newest run; null before the first. */
Datum
get_prewarm_info(PG_FUNCTION_ARGS)
{
	TupleDesc	descriptor;
	bytea	   *answer = argon_call(ARGON_CALL_PREWARM_INFO, 0, NULL, 0);
	int32		numbers[4];
	Datum		values[4];
	bool		nulls[4] = {false};

	if (VARSIZE(answer) == VARHDRSZ)
		PG_RETURN_NULL();
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE ||
		descriptor->natts != lengthof(numbers) ||
		VARSIZE(answer) != VARHDRSZ + sizeof(numbers))
		elog(ERROR, "get_prewarm_info must return four integers");
	memcpy(numbers, VARDATA(answer), sizeof(numbers));
	for (int i = 0; i < lengthof(numbers); i++)
		values[i] = Int32GetDatum(numbers[i]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls)));
}

Datum
get_local_cache_state(PG_FUNCTION_ARGS)
{
	int32		parts = PG_ARGISNULL(0) ? -1 : Max(PG_GETARG_INT32(0), 0);
	bytea	   *state = argon_call(ARGON_CALL_CACHE_STATE, parts, NULL, 0);

	if (VARSIZE(state) == VARHDRSZ)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(state);
}

/* Returns when everything is here, or the cache is full. */
Datum
prewarm_local_cache(PG_FUNCTION_ARGS)
{
	bytea	   *state = PG_GETARG_BYTEA_PP(0);

	argon_call(ARGON_CALL_PREWARM, PG_GETARG_INT32(1), VARDATA_ANY(state),
			   VARSIZE_ANY_EXHDR(state));
	PG_RETURN_VOID();
}
