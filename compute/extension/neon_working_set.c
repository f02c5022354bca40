/*-------------------------------------------------------------------------
 *
 * neon_working_set.c
 *	  Notes what is read: when which blocks, and how long they were waited for.
 *
 * Nothing is computed here but a hash; the JVM makes estimates of it.  A read
 * that comes here has already cost a look-up in the buffer pool and is about to
 * cost a system call.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include <time.h>

#include "port/pg_bitutils.h"
#include "storage/proc.h"

static const uint64 wait_bounds[] = {ARGON_WAIT_BOUNDS};

StaticAssertDecl(lengthof(wait_bounds) == ARGON_WAIT_BUCKETS - 1,
				 "every bucket but the last has a bound");
StaticAssertDecl(1 << ARGON_READ_REGISTER_BITS == ARGON_READ_REGISTERS,
				 "registers are chosen by bits");

/* The finalizer of splitmix64: every bit depends on every bit. */
static inline uint64
mix(uint64 x)
{
	x ^= x >> 30;
	x *= UINT64CONST(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64CONST(0x94d049bb133111eb);
	x ^= x >> 31;
	return x;
}

void
argon_note_read(RelFileNode rnode, ForkNumber fork, BlockNumber blkno)
{
	uint64		hash = mix(mix(((uint64) rnode.dbNode << 32 | rnode.relNode) ^
							   (uint64) fork << 61) + blkno);
	uint32		now = (uint32) time(NULL);	/* no system call */
	uint64		rest = hash >> ARGON_READ_REGISTER_BITS;
	uint32		rank = rest == 0 ? ARGON_READ_RANKS - 1 :
	Min(pg_rightmost_one_pos64(rest), ARGON_READ_RANKS - 1);
	volatile uint32 *cell = (uint32 *) ARGON_AT(argon->reads_offset) +
		rank * ARGON_READ_REGISTERS + (hash & (ARGON_READ_REGISTERS - 1));

	/* once a second at most, so that processes can share the line */
	if (*cell != now)
		*cell = now;
}

uint64 *
argon_waits_of(uint32 row)
{
	return (uint64 *) ARGON_AT(argon->waits_offset) + row * ARGON_WAIT_COUNTERS;
}

/* A reader had to wait this long for a page. */
void
argon_note_wait(uint64 micros)
{
	uint64	   *waits = argon_waits_of(argon_row());
	int			low = 0;
	int			high = ARGON_WAIT_BUCKETS - 1;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (micros < wait_bounds[middle])
			high = middle;
		else
			low = middle + 1;
	}
	pg_atomic_fetch_add_u64(ARGON_ATOMIC64(waits[low]), 1);
	pg_atomic_fetch_add_u64(ARGON_ATOMIC64(waits[ARGON_WAIT_SUM]), micros);
}

/* Microseconds below which the waits of a bucket lie; the last has no bound. */
uint64
argon_wait_bound(int bucket)
{
	return bucket < lengthof(wait_bounds) ? wait_bounds[bucket] : PG_UINT64_MAX;
}
