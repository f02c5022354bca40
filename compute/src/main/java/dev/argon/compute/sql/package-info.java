/// What the SQL functions of the extension `neon` ask of this JVM; the C side is
/// `extension/neon_call.c` and `neon_sql.c`. Called by
/// [dev.argon.compute.communicator.ControlSocket].
///
/// What must never break: any user of the database may call, with any bytes, so an answer is made
/// of bounded work and memory, and a call that makes no sense is refused.
@NullMarked
package dev.argon.compute.sql;

import org.jspecify.annotations.NullMarked;
