/*-------------------------------------------------------------------------
 *
 * neon_readahead.c
 *	  Notices sequential reading and asks for blocks before they are read.
 *
 * PostgreSQL 15 gives no hints for sequential scans, index builds or vacuum.
 * A few detectors per process each follow one reader of one fork: the second
 * miss in order opens a window, which doubles each time it is moved on, and
 * is forgotten when the reader jumps.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include "storage/md.h"

#define DETECTORS		8
#define FIRST_WINDOW	4
/* asked for at a time beyond the window: what a slot can hold */
#define STEP			ARGON_REQUEST_BLOCKS

typedef struct Detector
{
	RelFileNode rnode;
	ForkNumber	fork;
	BlockNumber next;			/* what a sequential reader reads next */
	BlockNumber asked;			/* everything before this was asked for */
	uint32		misses;			/* in order; 0: detector is unused */
	uint32		window;
	uint64		last_use;
} Detector;

static Detector detectors[DETECTORS];
static Detector *recent = NULL;
static uint64 uses = 0;

static bool
follows(const Detector *detector, SMgrRelation reln, ForkNumber fork,
		BlockNumber blkno)
{
	return detector->misses > 0 && detector->next == blkno &&
		detector->fork == fork &&
		RelFileNodeEquals(detector->rnode, reln->smgr_rnode.node);
}

static Detector *
find(SMgrRelation reln, ForkNumber fork, BlockNumber blkno)
{
	if (recent != NULL && follows(recent, reln, fork, blkno))
		return recent;
	for (int i = 0; i < DETECTORS; i++)
	{
		if (follows(&detectors[i], reln, fork, blkno))
			return &detectors[i];
	}
	return NULL;
}

static void
start(SMgrRelation reln, ForkNumber fork, BlockNumber blkno)
{
	Detector   *oldest = &detectors[0];

	for (int i = 1; i < DETECTORS; i++)
	{
		if (detectors[i].last_use < oldest->last_use)
			oldest = &detectors[i];
	}
	oldest->rnode = reln->smgr_rnode.node;
	oldest->fork = fork;
	oldest->next = blkno + 1;
	oldest->asked = blkno + 1;
	oldest->misses = 1;
	oldest->window = 0;
	oldest->last_use = ++uses;
}

/* Called for every block read of a permanent relation. */
void
argon_readahead(SMgrRelation reln, ForkNumber fork, BlockNumber blkno,
				bool missed)
{
	Detector   *detector = find(reln, fork, blkno);
	BlockNumber from;
	BlockNumber to;

	if (detector == NULL)
	{
		if (missed && argon_readahead_max > 0)
			start(reln, fork, blkno);
		return;
	}
	recent = detector;
	detector->next = blkno + 1;
	detector->last_use = ++uses;
	if (missed)
		detector->misses++;
	/* a reader that meets only present blocks asks for nothing */
	if (detector->misses < 2 || (!missed && detector->window == 0))
		return;
	/* a whole window stays under way, so that a longer way costs nothing */
	if (detector->asked > blkno + 1 + detector->window)
		return;
	detector->window = Min(Max(detector->window * 2, FIRST_WINDOW),
						   (uint32) argon_readahead_max);
	from = Max(detector->asked, blkno + 1);
	to = Min(blkno + 1 + detector->window + Min(detector->window, STEP),
			 mdnblocks(reln, fork));
	detector->asked = Max(to, detector->asked);
	if (from < to)
		argon_fetch_ahead(reln->smgr_rnode.node, fork, from, to);
}
