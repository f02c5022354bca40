package dev.argon.redo.fuzz;

import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.control.CheckPoint;
import dev.argon.postgres.wal.WalRecord;
import dev.argon.redo.effect.CheckPointState;
import dev.argon.redo.effect.EffectSink;
import dev.argon.redo.effect.PageChange;
import dev.argon.redo.effect.RecordEffects;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What a changed record does besides: `RecordEffects.decode`, `CheckPointState.apply`, and
/// `PageChange.apply` of the changes that came out, and of changed ones.
final class EffectTarget {

  private static final int CHANGES_MAX = 64;
  private static final CheckPoint NONE =
      new CheckPoint(0, 0, 0, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  private final Corpus corpus;
  private final Choices choices;
  private final RecordMutation records;
  private final GuardedPage page = new GuardedPage();
  private final WalRecord record = new WalRecord();
  private final List<byte[]> changes = new ArrayList<>();
  private final EffectSink sink = keepingChanges(changes);
  private final CheckPointState state = CheckPointState.of(NONE);

  byte[] lastRecord = {};
  byte[] lastChange = {};

  long decoded;
  long refused;

  EffectTarget(Corpus corpus, Choices choices) {
    this.corpus = corpus;
    this.choices = choices;
    records = new RecordMutation(choices);
  }

  void execute() {
    Corpus.Seed seed = corpus.any(choices);
    byte[] bytes = records.apply(seed, corpus.sibling(seed, choices));
    lastRecord = bytes;
    byte[] before = bytes.clone();
    changes.clear();
    try {
      record.reset(bytes, 0, bytes.length);
      RecordEffects.decode(record, seed.endLsn(), sink);
      state.apply(record);
      decoded++;
    } catch (CorruptDataException _) {
      refused++;
    }
    if (!Arrays.equals(bytes, before)) {
      throw new FindingError("decoding changed the record");
    }
    page.set(seed.page());
    for (int i = 0; i < Math.min(changes.size(), CHANGES_MAX); i++) {
      applyChange(changes.get(i));
    }
  }

  /// A sink that keeps the page changes and drops everything else.
  private static EffectSink keepingChanges(List<byte[]> changes) {
    return (EffectSink)
        Proxy.newProxyInstance(
            EffectTarget.class.getClassLoader(),
            new Class<?>[] {EffectSink.class},
            (_, method, arguments) -> {
              switch (method.getName()) {
                case "relationChange", "slruChange" ->
                    changes.add((byte[]) arguments[arguments.length - 1]);
                case "relationImage", "slruImage" ->
                    requirePage((byte[]) arguments[arguments.length - 1]);
                default -> {
                  // Nothing to apply.
                }
              }
              return null;
            });
  }

  private static void requirePage(byte[] page) {
    if (page.length != 8192) {
      throw new FindingError("a page of " + page.length + " bytes");
    }
  }

  private void applyChange(byte[] original) {
    byte[] change = original;
    boolean changed = choices.oneIn(2);
    if (changed) {
      int length = choices.oneIn(3) ? choices.below(change.length + 9) : change.length;
      change = Arrays.copyOf(change, length);
      for (int n = choices.below(3); n >= 0 && length > 0; n--) {
        change[choices.below(length)] =
            (byte) (choices.oneIn(2) ? choices.bits() : 0x11 + choices.below(8));
      }
    }
    lastChange = change;
    try {
      PageChange.apply(choices.oneIn(2) ? page.exact() : page.open(), change, 0);
    } catch (CorruptDataException e) {
      if (!changed) {
        throw new FindingError("a change that was decoded does not apply: " + e.getMessage());
      }
    }
    if (!page.intact()) {
      throw new FindingError("a change wrote outside the page");
    }
  }
}
