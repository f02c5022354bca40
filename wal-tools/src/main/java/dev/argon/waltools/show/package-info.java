/// `argon page show`: what is on a page, as text or JSON, for every kind of page that PostgreSQL 15
/// writes. `argon wal verify` uses it to show two pages that differ. What must never break: any
/// 8192 bytes have a description; what does not fit is said, and the rest goes on as hexadecimal.
@NullMarked
package dev.argon.waltools.show;

import org.jspecify.annotations.NullMarked;
