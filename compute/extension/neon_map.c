/*-------------------------------------------------------------------------
 *
 * neon_map.c
 *	  Where the entries of a block are: the map from (relation, fork, chunk
 *	  number) to a chunk descriptor.
 *
 * Open addressing over slots that hold 0 (never used), 1 (used before) or a
 * descriptor's index + 2.  Descriptors are handed out densely, so that the JVM
 * can walk them.  Looking up takes no lock: a descriptor's status is read
 * before and after its key, and holds a generation that is never used twice.
 * Adding and removing take the map lock.  An entry is removed only when its
 * relation is gone; it is never displaced.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include <unistd.h>

#include "common/hashfn.h"
#include "common/relpath.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"

#define SLOT_EMPTY	0
#define SLOT_USED	1
#define SLOT_FIRST	2

typedef struct ChunkKey
{
	RelFileNode rnode;
	uint32		fork;
	uint32		number;
} ChunkKey;

static ChunkKey
key_of(RelFileNode rnode, ForkNumber fork, uint32 number)
{
	ChunkKey	key = {rnode, (uint32) fork, number};

	return key;
}

static pg_atomic_uint32 *
hash_slot(uint32 index)
{
	return (pg_atomic_uint32 *) ARGON_AT(argon->hash_offset) + index;
}

static uint32
hash_start(const ChunkKey *key)
{
	return hash_bytes((const unsigned char *) key, sizeof(ChunkKey)) &
		(argon->hash_slots - 1);
}

static bool
holds(const ArgonChunk *chunk, const ChunkKey *key)
{
	return chunk->rel == key->rnode.relNode &&
		chunk->number == key->number &&
		chunk->fork == key->fork &&
		chunk->db == key->rnode.dbNode &&
		chunk->spc == key->rnode.spcNode;
}

static bool
probe(const ChunkKey *key, ArgonPlace *place)
{
	uint32		mask = argon->hash_slots - 1;
	uint32		at = hash_start(key);

	for (uint32 i = 0; i < argon->hash_slots; i++, at = (at + 1) & mask)
	{
		uint32		value = pg_atomic_read_u32(hash_slot(at));
		ArgonChunk *chunk;
		uint32		status;

		if (value == SLOT_EMPTY)
			return false;
		if (value == SLOT_USED)
			continue;
		chunk = argon_chunk(value - SLOT_FIRST);
		status = pg_atomic_read_u32(ARGON_ATOMIC32(chunk->status));
		pg_read_barrier();
		if ((status & ARGON_CHUNK_KIND_MASK) != ARGON_CHUNK_LIVE ||
			!holds(chunk, key))
			continue;
		place->local = (chunk->flags & ARGON_CHUNK_LOCAL) != 0;
		pg_read_barrier();
		if (pg_atomic_read_u32(ARGON_ATOMIC32(chunk->status)) != status)
			continue;
		place->chunk = value - SLOT_FIRST;
		place->status = status;
		return true;
	}
	return false;
}

bool
argon_lookup(RelFileNode rnode, ForkNumber fork, uint32 number,
			 ArgonPlace *place)
{
	/* A process reads many blocks of one chunk in a row. */
	static ChunkKey last_key;
	static ArgonPlace last_place;
	ChunkKey	key = key_of(rnode, fork, number);
	ArgonChunk *chunk = argon_chunk(last_place.chunk);

	if (last_place.status != 0 &&
		memcmp(&key, &last_key, sizeof(key)) == 0 &&
		pg_atomic_read_u32(ARGON_ATOMIC32(chunk->status)) == last_place.status)
	{
		*place = last_place;
		place->local = (chunk->flags & ARGON_CHUNK_LOCAL) != 0;
		return true;
	}
	if (!probe(&key, place))
		return false;
	last_key = key;
	last_place = *place;
	return true;
}

/*
 * Is the fork one that WAL does not carry?  An init fork file tells that the
 * relation is unlogged; the init fork itself is in WAL.
 */
static bool
is_local(RelFileNode rnode, ForkNumber fork)
{
	char	   *path;
	bool		result;

	if (fork == INIT_FORKNUM)
		return false;
	path = relpathperm(rnode, INIT_FORKNUM);
	result = access(path, F_OK) == 0;
	pfree(path);
	return result;
}

/*
 * Under the map lock.  Descriptors below chunk_high have their space and that of
 * their entries.  Returns an error's text if there is no room.
 */
static const char *
allocate(uint32 *index)
{
	if (argon->chunk_free != 0)
	{
		*index = argon->chunk_free - 1;
		argon->chunk_free = argon_chunk(*index)->next_free;
	}
	else
	{
		uint64		size = sizeof(ArgonBlock) * ARGON_CHUNK_BLOCKS;

		*index = argon->chunk_high;
		if (*index >= argon->chunk_max)
			return "all of its chunks are in use";
		if (!argon_reserve(argon->blocks_offset + *index * size, size) ||
			!argon_reserve(argon->chunks_offset + *index * sizeof(ArgonChunk),
						   sizeof(ArgonChunk)))
			return "no space left on the device";
		pg_atomic_write_u32(ARGON_ATOMIC32(argon->chunk_high), *index + 1);
	}
	argon->chunk_live++;
	return NULL;
}

/* Under the map lock; the key is not there. */
static void
add(const ChunkKey *key, bool local)
{
	uint32		mask = argon->hash_slots - 1;
	uint32		at = hash_start(key);
	uint32		index;
	const char *problem = allocate(&index);
	ArgonChunk *chunk;
	uint32		generation;

	if (problem != NULL)
	{
		/* no error with the lock held: its handlers may need the lock */
		LWLockRelease(argon_map_lock());
		ereport(ERROR,
				(errcode(ERRCODE_DISK_FULL),
				 errmsg("could not extend the map of local blocks: %s",
						problem)));
	}
	chunk = argon_chunk(index);
	generation = ++argon->next_generation << 2;

	while (pg_atomic_read_u32(hash_slot(at)) >= SLOT_FIRST)
		at = (at + 1) & mask;
	pg_atomic_write_u32(ARGON_ATOMIC32(chunk->status),
						generation | ARGON_CHUNK_BUSY);
	pg_write_barrier();
	chunk->spc = key->rnode.spcNode;
	chunk->db = key->rnode.dbNode;
	chunk->rel = key->rnode.relNode;
	chunk->fork = key->fork;
	chunk->number = key->number;
	chunk->flags = local ? ARGON_CHUNK_LOCAL : 0;
	chunk->chunks = key->number + 1;
	chunk->hash_slot = at;
	pg_write_barrier();
	pg_atomic_write_u32(ARGON_ATOMIC32(chunk->status),
						generation | ARGON_CHUNK_LIVE);
	pg_write_barrier();
	pg_atomic_write_u32(hash_slot(at), index + SLOT_FIRST);
}

void
argon_find_or_add(RelFileNode rnode, ForkNumber fork, uint32 number,
				  ArgonPlace *place)
{
	ChunkKey	key = key_of(rnode, fork, number);
	ChunkKey	head = key_of(rnode, fork, 0);
	ArgonPlace	head_place;

	if (argon_lookup(rnode, fork, number, place))
		return;

	LWLockAcquire(argon_map_lock(), LW_EXCLUSIVE);
	if (!probe(&key, place))
	{
		bool		local = is_local(rnode, fork);
		ArgonChunk *chunk;

		if (!probe(&head, &head_place))
		{
			add(&head, local);
			if (!probe(&head, &head_place))
				elog(ERROR, "chunk of relation %u was added and is not there",
					 rnode.relNode);
		}
		chunk = argon_chunk(head_place.chunk);
		if (chunk->chunks <= number)
			chunk->chunks = number + 1;
		if (number != 0)
			add(&key, local);
		if (!probe(&key, place))
			elog(ERROR, "chunk of relation %u was added and is not there",
				 rnode.relNode);
	}
	LWLockRelease(argon_map_lock());
}

/* How many chunk numbers of a fork may be in use. */
uint32
argon_fork_chunks(RelFileNode rnode, ForkNumber fork)
{
	ArgonPlace	place;

	if (!argon_lookup(rnode, fork, 0, &place))
		return 0;
	return ((volatile ArgonChunk *) argon_chunk(place.chunk))->chunks;
}

/* Under the map lock. */
static void
delete_chunk(uint32 index)
{
	ArgonChunk *chunk = argon_chunk(index);
	uint32		mask = argon->hash_slots - 1;
	uint32		at = chunk->hash_slot;

	for (uint32 i = 0; i < ARGON_CHUNK_BLOCKS; i++)
		argon_clear_block(argon_block(index, i), InvalidXLogRecPtr);

	pg_atomic_write_u32(hash_slot(at), SLOT_USED);
	/* "used before" in front of "never used" serves no look-up */
	if (pg_atomic_read_u32(hash_slot((at + 1) & mask)) == SLOT_EMPTY)
	{
		while (pg_atomic_read_u32(hash_slot(at)) == SLOT_USED)
		{
			pg_atomic_write_u32(hash_slot(at), SLOT_EMPTY);
			at = (at - 1) & mask;
		}
	}
	pg_atomic_write_u32(ARGON_ATOMIC32(chunk->status),
						(chunk->status & ~ARGON_CHUNK_KIND_MASK) |
						ARGON_CHUNK_FREE);
	chunk->next_free = argon->chunk_free;
	argon->chunk_free = index + 1;
	argon->chunk_live--;
}

/* The fork's file goes away.  Returns whether anything was known about it. */
bool
argon_forget_fork(RelFileNode rnode, ForkNumber fork)
{
	uint32		chunks = argon_fork_chunks(rnode, fork);

	if (chunks == 0)
		return false;
	LWLockAcquire(argon_map_lock(), LW_EXCLUSIVE);
	/* chunk 0 last: it knows how many there are */
	for (uint32 number = chunks; number-- > 0;)
	{
		ChunkKey	key = key_of(rnode, fork, number);
		ArgonPlace	place;

		if (probe(&key, &place))
			delete_chunk(place.chunk);
	}
	LWLockRelease(argon_map_lock());
	return true;
}

void
argon_set_chunk_flag(uint32 chunk, uint32 flag)
{
	if (!(argon_chunk(chunk)->flags & flag))
		pg_atomic_fetch_or_u32(ARGON_ATOMIC32(argon_chunk(chunk)->flags), flag);
}

/* Local blocks are no business of the evictor. */
static void
uncount_chunk(uint32 index)
{
	for (uint32 i = 0; i < ARGON_CHUNK_BLOCKS; i++)
	{
		ArgonBlock *block = argon_block(index, i);
		ArgonWord	seen = argon_load(block);

		while (seen.part.word & ARGON_F_COUNTED)
		{
			ArgonWord	wanted = seen;

			wanted.part.word &= ~ARGON_F_COUNTED;
			if (argon_swap(block, &seen, wanted))
			{
				argon_count(ARGON_RESIDENT_BLOCKS, -1);
				break;
			}
		}
	}
}

/*
 * An init fork was created: what was taken for permanent so far is unlogged.
 * The file is there already, so whoever adds a chunk from now on sees it.
 */
void
argon_mark_local(RelFileNode rnode)
{
	LWLockAcquire(argon_map_lock(), LW_EXCLUSIVE);
	for (ForkNumber fork = MAIN_FORKNUM; fork < INIT_FORKNUM; fork++)
	{
		uint32		chunks = argon_fork_chunks(rnode, fork);

		for (uint32 number = 0; number < chunks; number++)
		{
			ChunkKey	key = key_of(rnode, fork, number);
			ArgonPlace	place;

			if (probe(&key, &place))
			{
				argon_set_chunk_flag(place.chunk, ARGON_CHUNK_LOCAL);
				uncount_chunk(place.chunk);
			}
		}
	}
	LWLockRelease(argon_map_lock());
}

/* Removes what belongs to databases whose directory is no longer there. */
void
argon_forget_dropped_databases(void)
{
	Oid			known = InvalidOid;
	Oid			known_spc = InvalidOid;
	bool		known_gone = false;

	LWLockAcquire(argon_map_lock(), LW_EXCLUSIVE);
	for (uint32 i = 0; i < argon->chunk_high; i++)
	{
		ArgonChunk *chunk = argon_chunk(i);

		if ((chunk->status & ARGON_CHUNK_KIND_MASK) != ARGON_CHUNK_LIVE ||
			chunk->db == InvalidOid)
			continue;
		if (chunk->db != known || chunk->spc != known_spc)
		{
			char	   *path = GetDatabasePath(chunk->db, chunk->spc);

			known = chunk->db;
			known_spc = chunk->spc;
			known_gone = access(path, F_OK) != 0 && errno == ENOENT;
			pfree(path);
		}
		if (known_gone)
			delete_chunk(i);
	}
	LWLockRelease(argon_map_lock());
}
