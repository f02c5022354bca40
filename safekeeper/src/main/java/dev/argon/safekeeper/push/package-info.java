/// START_WAL_PUSH: a proposer's connection. One thread reads, appends, syncs once for all that has
/// arrived, and answers.
@NullMarked
package dev.argon.safekeeper.push;

import org.jspecify.annotations.NullMarked;
