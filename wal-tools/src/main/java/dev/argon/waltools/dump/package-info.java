/// `argon wal dump`: WAL records as text, in the form of `pg_waldump`, and as JSON. One class per
/// resource manager describes its records; the facts are those of PostgreSQL's `rmgrdesc`
/// directory. What must never break: any bytes of a record are described or named as not fitting;
/// the text equals that of `pg_waldump`, so that scripts written for it go on working.
@NullMarked
package dev.argon.waltools.dump;

import org.jspecify.annotations.NullMarked;
