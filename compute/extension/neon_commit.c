/*-------------------------------------------------------------------------
 *
 * neon_commit.c
 *	  A query cancel never ends the wait of a commit for the quorum.
 *
 * PostgreSQL answers a cancel during that wait with a warning and the
 * acknowledgement of a commit that nobody but this machine has.  Here cancels
 * (which include statement timeouts: those are a SIGINT to oneself) that come
 * between the last moment at which a transaction can still abort and the end of
 * its commit are kept back and raised afterwards.
 *
 *-------------------------------------------------------------------------
 */
#include "neon.h"

#include <signal.h>

#include "access/xact.h"
#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "utils/timeout.h"

static volatile sig_atomic_t holding = false;
static volatile sig_atomic_t cancel_held = false;

static void
cancel_handler(SIGNAL_ARGS)
{
	if (holding)
	{
		cancel_held = true;
		return;
	}
	StatementCancelHandler(postgres_signal_arg);
}

/*
 * Puts our handler in the place of StatementCancelHandler.  Backends set that
 * one after preloaded libraries were initialised, so this is done when the
 * handler is first needed.  A process with another handler keeps it.
 */
static void
replace_handler(void)
{
	static int	done_for_pid = 0;
	struct sigaction action;

	if (done_for_pid == MyProcPid)
		return;
	if (sigaction(SIGINT, NULL, &action) == 0 &&
		action.sa_handler == StatementCancelHandler)
		pqsignal(SIGINT, cancel_handler);
	done_for_pid = MyProcPid;
}

/* From here on cancels are kept back; one that came before ends the command. */
void
argon_hold_cancels(void)
{
	replace_handler();
	holding = true;
	if (InterruptPending)
		CHECK_FOR_INTERRUPTS();
	if (QueryCancelPending)
	{
		/* interrupts are held off here: not now, but not later either */
		QueryCancelPending = false;
		cancel_held = true;
	}
}

/*
 * A command that is over cannot be cancelled any more.  Raised nevertheless, the
 * cancel would hit the idle session, which for a timeout means an error that
 * no command has.
 */
void
argon_release_cancels(bool command_over)
{
	holding = false;
	if (!cancel_held)
		return;
	cancel_held = false;
	argon_count(ARGON_CANCELS_HELD, 1);
	if (command_over)
	{
		(void) get_timeout_indicator(STATEMENT_TIMEOUT, true);
		(void) get_timeout_indicator(LOCK_TIMEOUT, true);
		return;
	}
	QueryCancelPending = true;
	InterruptPending = true;
	SetLatch(MyLatch);
}

static void
transaction_event(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			argon_refuse_promoted();
			argon_hold_cancels();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
			/* a procedure or a command of many transactions goes on */
			argon_release_cancels(ActivePortal == NULL);
			break;
		case XACT_EVENT_ABORT:
			argon_release_cancels(true);
			break;
		default:
			break;
	}
}

void
argon_commit_init(void)
{
	RegisterXactCallback(transaction_event, NULL);
}
