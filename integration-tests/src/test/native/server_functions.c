/*-------------------------------------------------------------------------
 *
 * server_functions.c
 *	  SQL functions that bring a test server to where it comes after years.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lwlock.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(set_next_oid);
PG_FUNCTION_INFO_V1(consume_xids);

/* The next object gets this number, or the first free one after it. */
Datum
set_next_oid(PG_FUNCTION_ARGS)
{
	LWLockAcquire(OidGenLock, LW_EXCLUSIVE);
	ShmemVariableCache->nextOid = (Oid) PG_GETARG_INT64(0);
	ShmemVariableCache->oidCount = 0;
	LWLockRelease(OidGenLock);
	PG_RETURN_VOID();
}

/* Transactions that begin and never end: as good as aborted. */
Datum
consume_xids(PG_FUNCTION_ARGS)
{
	int64		count = PG_GETARG_INT64(0);
	FullTransactionId last = GetTopFullTransactionId();

	for (int64 i = 0; i < count; i++)
	{
		/* as for a subtransaction, which only its parent's entry shows */
		last = GetNewTransactionId(true);
		CHECK_FOR_INTERRUPTS();
	}
	PG_RETURN_INT64((int64) U64FromFullTransactionId(last));
}
