/*-------------------------------------------------------------------------
 *
 * layout_dump.c
 *	  Prints the layout of argon_shared.h, one "name value" per line, for the
 *	  test that compares it with the Java side.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>

#include "argon_shared.h"

#define SIZE(type)			printf("sizeof." #type " %zu\n", sizeof(type))
#define FIELD(type, field)	printf(#type "." #field " %zu\n", offsetof(type, field))
#define VALUE(name)			printf(#name " %llu\n", (unsigned long long) (name))

int
main(void)
{
	SIZE(ArgonBlock);
	FIELD(ArgonBlock, word);
	FIELD(ArgonBlock, token);
	FIELD(ArgonBlock, not_modified_since);

	SIZE(ArgonChunk);
	FIELD(ArgonChunk, status);
	FIELD(ArgonChunk, spc);
	FIELD(ArgonChunk, db);
	FIELD(ArgonChunk, rel);
	FIELD(ArgonChunk, fork);
	FIELD(ArgonChunk, number);
	FIELD(ArgonChunk, flags);

	SIZE(ArgonSlot);
	FIELD(ArgonSlot, state);
	FIELD(ArgonSlot, chunk);
	FIELD(ArgonSlot, chunk_status);
	FIELD(ArgonSlot, spc);
	FIELD(ArgonSlot, db);
	FIELD(ArgonSlot, rel);
	FIELD(ArgonSlot, fork);
	FIELD(ArgonSlot, first_block);
	FIELD(ArgonSlot, count);
	FIELD(ArgonSlot, claimed);
	FIELD(ArgonSlot, result);
	FIELD(ArgonSlot, request_id);
	FIELD(ArgonSlot, kind);
	FIELD(ArgonSlot, tokens);
	FIELD(ArgonSlot, error_text);

	SIZE(ArgonImageOrder);
	FIELD(ArgonImageOrder, chunk);
	FIELD(ArgonImageOrder, chunk_status);
	FIELD(ArgonImageOrder, block);

	SIZE(ArgonWarm);
	FIELD(ArgonWarm, spc);
	FIELD(ArgonWarm, db);
	FIELD(ArgonWarm, rel);
	FIELD(ArgonWarm, fork);
	FIELD(ArgonWarm, first_block);
	FIELD(ArgonWarm, count);

	SIZE(ArgonHeader);
	FIELD(ArgonHeader, magic);
	FIELD(ArgonHeader, layout_version);
	FIELD(ArgonHeader, mode);
	FIELD(ArgonHeader, file_size);
	FIELD(ArgonHeader, boot_lsn);
	FIELD(ArgonHeader, chunk_max);
	FIELD(ArgonHeader, hash_slots);
	FIELD(ArgonHeader, demand_slots);
	FIELD(ArgonHeader, slots);
	FIELD(ArgonHeader, process_rows);
	FIELD(ArgonHeader, image_orders);
	FIELD(ArgonHeader, hash_offset);
	FIELD(ArgonHeader, chunks_offset);
	FIELD(ArgonHeader, blocks_offset);
	FIELD(ArgonHeader, slots_offset);
	FIELD(ArgonHeader, submitted_offset);
	FIELD(ArgonHeader, rows_offset);
	FIELD(ArgonHeader, orders_offset);
	FIELD(ArgonHeader, doorbell);
	FIELD(ArgonHeader, doorbell_sleeping);
	FIELD(ArgonHeader, orders_head);
	FIELD(ArgonHeader, orders_tail);
	FIELD(ArgonHeader, transaction_horizon);
	FIELD(ArgonHeader, vacuum_horizon);
	FIELD(ArgonHeader, insert_lsn);
	FIELD(ArgonHeader, flush_lsn);
	FIELD(ArgonHeader, rounds);
	FIELD(ArgonHeader, cache_limit_blocks);
	FIELD(ArgonHeader, server_version_num);
	FIELD(ArgonHeader, stop_done);
	FIELD(ArgonHeader, compare_mode);
	FIELD(ArgonHeader, commit_lsn);
	FIELD(ArgonHeader, commit_lag_max);
	FIELD(ArgonHeader, pageserver_lsn);
	FIELD(ArgonHeader, pageserver_lag_max);
	FIELD(ArgonHeader, stop_request);
	FIELD(ArgonHeader, chunk_high);
	FIELD(ArgonHeader, chunk_live);
	FIELD(ArgonHeader, counters);
	FIELD(ArgonHeader, reads_offset);
	FIELD(ArgonHeader, waits_offset);
	FIELD(ArgonHeader, warm_offset);
	FIELD(ArgonHeader, warm_orders);
	FIELD(ArgonHeader, warm_head);
	FIELD(ArgonHeader, warm_tail);
	FIELD(ArgonHeader, received_lsn);
	FIELD(ArgonHeader, disk_consistent_lsn);
	FIELD(ArgonHeader, remote_consistent_lsn);
	FIELD(ArgonHeader, replay_lsn);
	FIELD(ArgonHeader, stream_lsn);
	FIELD(ArgonHeader, replay_state);

	VALUE(ARGON_MAGIC);
	VALUE(ARGON_LAYOUT_VERSION);
	VALUE(ARGON_CHUNK_BLOCKS);
	VALUE(ARGON_REQUEST_BLOCKS);
	VALUE(ARGON_ERROR_TEXT_SIZE);
	VALUE(ARGON_PROC_COUNTERS);
	VALUE(ARGON_READ_REGISTERS);
	VALUE(ARGON_READ_RANKS);
	VALUE(ARGON_WAIT_COUNTERS);
	VALUE(ARGON_STATE_MASK);
	VALUE(ARGON_ABSENT);
	VALUE(ARGON_FETCHING);
	VALUE(ARGON_INSTALLING);
	VALUE(ARGON_PRESENT);
	VALUE(ARGON_WRITING);
	VALUE(ARGON_EVICTING);
	VALUE(ARGON_F_WRITTEN);
	VALUE(ARGON_F_ZERO);
	VALUE(ARGON_F_USED);
	VALUE(ARGON_F_KEEP);
	VALUE(ARGON_F_IMAGED);
	VALUE(ARGON_F_WAITERS);
	VALUE(ARGON_F_COUNTED);
	VALUE(ARGON_F_SEQUENCE);
	VALUE(ARGON_F_DIFFERS);
	VALUE(ARGON_CHUNK_KIND_MASK);
	VALUE(ARGON_CHUNK_LIVE);
	VALUE(ARGON_CHUNK_LOCAL);
	VALUE(ARGON_SLOT_STATE_MASK);
	VALUE(ARGON_SLOT_IDLE);
	VALUE(ARGON_SLOT_SUBMITTED);
	VALUE(ARGON_SLOT_PROCESSING);
	VALUE(ARGON_SLOT_COMPLETED);
	VALUE(ARGON_SLOT_DETACHED);
	VALUE(ARGON_REQUEST_FETCH);
	VALUE(ARGON_REQUEST_COMPARE);
	VALUE(ARGON_REQUEST_PROBE);
	VALUE(ARGON_RESULT_DONE);
	VALUE(ARGON_RESULT_ERROR);
	VALUE(ARGON_RESULT_GONE);
	VALUE(ARGON_RESULT_DIFFERS);
	VALUE(ARGON_RESULT_OVERTAKEN);
	VALUE(ARGON_PROC_HITS);
	VALUE(ARGON_PROC_MISSES);
	VALUE(ARGON_PROC_WAITS);
	VALUE(ARGON_PROC_READAHEAD);
	VALUE(ARGON_PROC_WRITES);
	VALUE(ARGON_PROC_EXTENDS);
	VALUE(ARGON_PROC_WAIT_MICROS);
	VALUE(ARGON_PROC_COMPARES);
	VALUE(ARGON_RESIDENT_BLOCKS);
	VALUE(ARGON_ZERO_PAGE_ERRORS);
	VALUE(ARGON_IMAGES_LOGGED);
	VALUE(ARGON_IMAGES_ORDERED);
	VALUE(ARGON_IMAGES_SKIPPED);
	VALUE(ARGON_THROTTLE_MICROS);
	VALUE(ARGON_THROTTLED_NOW);
	VALUE(ARGON_CANCELS_HELD);
	VALUE(ARGON_TRUNCATES_REPEATED);
	VALUE(ARGON_UNCOMPARED_FSM);
	VALUE(ARGON_UNCOMPARED_MAP);
	VALUE(ARGON_UNCOMPARED_SHARED);
	VALUE(ARGON_UNCOMPARED_DIRECT);
	VALUE(ARGON_UNCOMPARED_REPLAY);
	VALUE(ARGON_WARMED_BLOCKS);
	VALUE(ARGON_EVICTED_BLOCKS);
	VALUE(ARGON_REQUESTS_SENT);
	VALUE(ARGON_SEND_FLUSHES);
	VALUE(ARGON_DISCONNECTS);
	VALUE(ARGON_OPEN_REQUESTS);
	VALUE(ARGON_DROPPED_PAGES);
	VALUE(ARGON_MODE_PRIMARY);
	VALUE(ARGON_MODE_STATIC);
	VALUE(ARGON_MODE_REPLICA);
	VALUE(ARGON_REPLAY_STREAMING);
	VALUE(ARGON_REPLAY_PAUSED);
	VALUE(ARGON_COMPARE_NONE);
	VALUE(ARGON_COMPARE_PREFETCH);
	VALUE(ARGON_COMPARE_LFC);
	VALUE(ARGON_COMPARE_ALL);
	VALUE(ARGON_CALL_LIFE_LINE);
	VALUE(ARGON_CALL_WORKING_SET);
	VALUE(ARGON_CALL_WORKING_SET_RESET);
	VALUE(ARGON_CALL_CACHE_STATE);
	VALUE(ARGON_CALL_PREWARM);
	VALUE(ARGON_CALL_PREWARM_INFO);
	VALUE(ARGON_CALL_CLUSTER_SIZE);
	VALUE(ARGON_ANSWER_DONE);
	VALUE(ARGON_ANSWER_ERROR);
	return 0;
}
