package dev.argon.compute.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// One block and everybody who touches it, as a transition system: each step is one atomic action
/// on the entry, the file or a buffer. Mirrors `neon_block.c`, `neon_smgr.c`, [BlockMap], the
/// installer and the evictor.
///
/// WAL positions are numbers: each modification and each truncation adds one. A page's content is
/// the position that made it; a truncated or freshly extended block is [#ZERO]. The pageserver
/// answers with the content at any position from the request's bound to the newest.
///
/// @param leftOut the protocol's rules that do not hold; a test leaves one out and must see it fail
record BlockModel(Set<Rule> leftOut, int positionsMax, int tokensMax) {

  static final int ZERO = 0;
  private static final int NONE = -1;

  /// Another relation's page.
  private static final int OTHER = 300;

  /// The protocol's rules.
  enum Rule {
    /// An answer is installed only for the claim that asked for it.
    TOKEN_GUARDS_INSTALL,
    /// Whoever claims, evicts or truncates raises the token.
    TOKENS_RISE,
    /// A writer takes the block before it writes.
    WRITER_CLAIMS,
    /// A reader looks at state and token after reading the file.
    READER_LOOKS_AGAIN,
    /// The bound is stored before the block is present.
    BOUND_IS_PUBLISHED_FIRST,
    /// Truncation ends fetches and raises the bound.
    TRUNCATION_CLEARS,
    /// A page is not written behind the end of the file.
    INSTALL_CHECKS_END,
    /// What an extension leaves out is marked as zeros before the file grows.
    GAP_IS_MARKED_FIRST,
    /// The entries of a relation that goes away are cleared before another one gets them.
    UNLINK_CLEARS,
    /// Who owns the bytes is waited for.
    OWNERS_ARE_WAITED_FOR
  }

  private boolean holds(Rule rule) {
    return !leftOut.contains(rule);
  }

  private int raised(State s) {
    return holds(Rule.TOKENS_RISE) ? s.token + 1 : s.token;
  }

  /// One fetch under way.
  ///
  /// @param content what the pageserver answered, NONE before
  /// @param phase 0 asked or answered, 1 installing, 2 the end of the file was looked at
  record Fetch(int token, int bound, int content, int phase) {}

  /// @param history content by WAL position
  /// @param file content of the file at the block; ZERO also for a hole
  /// @param exists whether the file reaches this far
  /// @param buffer content in shared buffers, NONE if there is none
  /// @param reading token that a reader saw, NONE if nobody reads; `read` what it got
  /// @param writing content that a writer is writing, NONE if nobody writes
  /// @param evicting 0 nobody, 1 claimed, 2 punched
  /// @param gap marked as zeros, and the file has not grown yet
  /// @param reused the entry belongs to another relation's block by now
  record State(
      int state,
      int token,
      boolean written,
      int bound,
      List<Integer> history,
      int file,
      boolean exists,
      int buffer,
      boolean dirty,
      List<Fetch> fetches,
      int reading,
      int read,
      int writing,
      int evicting,
      boolean gap,
      boolean reused,
      String trouble) {

    int newest() {
      return history.size() - 1;
    }

    int content() {
      return history.getLast();
    }
  }

  static State initial() {
    return new State(
        SharedMemoryLayout.ABSENT,
        0,
        false,
        0,
        List.of(100),
        ZERO,
        true,
        NONE,
        false,
        List.of(),
        NONE,
        NONE,
        NONE,
        0,
        false,
        false,
        "");
  }

  List<State> next(State s) {
    List<State> next = new ArrayList<>();
    buffers(s, next);
    reader(s, next);
    fetches(s, next);
    writer(s, next);
    evictor(s, next);
    truncation(s, next);
    gap(s, next);
    unlink(s, next);
    return next;
  }

  /// A backend changes the page in its buffer; a clean buffer is given to another block.
  private void buffers(State s, List<State> next) {
    if (s.buffer != NONE && s.newest() < positionsMax && s.writing == NONE) {
      List<Integer> history = new ArrayList<>(s.history);
      history.add(100 + history.size());
      next.add(new Edit(s).history(history).buffer(history.getLast()).dirty(true).done());
    }
    if (s.buffer != NONE && !s.dirty && s.writing == NONE) {
      next.add(new Edit(s).buffer(NONE).done());
    }
  }

  /// Reads the file into a buffer; only who has no buffer reads.
  private void reader(State s, List<State> next) {
    if (s.buffer == NONE && s.exists && s.reading == NONE && s.writing == NONE) {
      if (s.state == SharedMemoryLayout.PRESENT) {
        next.add(new Edit(s).reading(s.token).read(NONE).done());
      } else if (s.state == SharedMemoryLayout.ABSENT) {
        claim(s, next);
      }
    }
    if (s.reading != NONE && s.read == NONE) {
      next.add(new Edit(s).read(s.file).done());
    }
    if (s.reading != NONE && s.read != NONE) {
      boolean same = s.state == SharedMemoryLayout.PRESENT && s.token == s.reading;
      if (same || !holds(Rule.READER_LOOKS_AGAIN)) {
        String trouble =
            s.read == s.content() ? "" : "read " + s.read + " instead of " + s.content();
        next.add(new Edit(s).buffer(s.read).reading(NONE).read(NONE).trouble(trouble).done());
      } else {
        next.add(new Edit(s).reading(NONE).read(NONE).done());
      }
    }
  }

  private void claim(State s, List<State> next) {
    if (s.fetches.size() < 2 && s.token < tokensMax) {
      List<Fetch> fetches = new ArrayList<>(s.fetches);
      fetches.add(new Fetch(raised(s), s.written ? s.bound : 0, NONE, 0));
      next.add(
          new Edit(s).state(SharedMemoryLayout.FETCHING).token(raised(s)).fetches(fetches).done());
    }
  }

  /// Read-ahead claims, the pageserver answers, the JVM installs.
  private void fetches(State s, List<State> next) {
    // Also behind the end: who has looked up a block number may come too late, or too early.
    if (s.state == SharedMemoryLayout.ABSENT && s.reading == NONE) {
      claim(s, next);
    }
    for (int i = 0; i < s.fetches.size(); i++) {
      Fetch fetch = s.fetches.get(i);
      if (fetch.content == NONE) {
        for (int at = fetch.bound; at <= s.newest(); at++) {
          next.add(
              new Edit(s)
                  .fetch(i, new Fetch(fetch.token, fetch.bound, s.history.get(at), 0))
                  .done());
        }
      } else if (fetch.phase == 0) {
        boolean wanted =
            s.state == SharedMemoryLayout.FETCHING
                && (s.token == fetch.token || !holds(Rule.TOKEN_GUARDS_INSTALL));
        next.add(
            wanted
                ? new Edit(s)
                    .state(SharedMemoryLayout.INSTALLING)
                    .fetch(i, new Fetch(s.token, fetch.bound, fetch.content, 1))
                    .done()
                : new Edit(s).withoutFetch(i).done());
      } else if (fetch.phase == 1) {
        next.add(
            s.exists || !holds(Rule.INSTALL_CHECKS_END)
                ? new Edit(s).fetch(i, new Fetch(fetch.token, 0, fetch.content, 2)).done()
                : new Edit(s).state(SharedMemoryLayout.ABSENT).withoutFetch(i).done());
      } else {
        next.add(
            new Edit(s)
                .file(fetch.content)
                .exists(true)
                .state(SharedMemoryLayout.PRESENT)
                .withoutFetch(i)
                .trouble(s.exists ? "" : "a page was written behind the end")
                .done());
      }
    }
  }

  private boolean claimable(State s) {
    return !holds(Rule.OWNERS_ARE_WAITED_FOR)
        || s.state == SharedMemoryLayout.ABSENT
        || s.state == SharedMemoryLayout.FETCHING
        || s.state == SharedMemoryLayout.PRESENT;
  }

  /// Writes a dirty buffer, or extends the relation by this block.
  private void writer(State s, List<State> next) {
    boolean extend = !s.exists && s.buffer == NONE && !s.gap;
    boolean write = s.exists && s.dirty;
    if (s.writing == NONE && (extend || write) && s.reading == NONE) {
      int content = extend ? ZERO : s.buffer;
      if (!holds(Rule.WRITER_CLAIMS)) {
        next.add(new Edit(s).writing(content).done());
      } else if (claimable(s) && s.token < tokensMax) {
        next.add(
            new Edit(s).writing(content).state(SharedMemoryLayout.WRITING).token(raised(s)).done());
      }
    }
    if (s.writing != NONE) {
      Edit edit =
          new Edit(s)
              .file(s.writing)
              .exists(true)
              .state(SharedMemoryLayout.PRESENT)
              .written(true)
              .writing(NONE)
              .dirty(s.dirty && s.buffer != s.writing);
      // With the order wrong somebody drops the block before its bound is there.
      next.add((holds(Rule.BOUND_IS_PUBLISHED_FIRST) ? edit.bound(s.newest()) : edit).done());
    }
  }

  private void evictor(State s, List<State> next) {
    if (s.evicting == 0 && s.state == SharedMemoryLayout.PRESENT && s.token < tokensMax) {
      next.add(new Edit(s).state(SharedMemoryLayout.EVICTING).token(raised(s)).evicting(1).done());
    }
    if (s.evicting == 1) {
      // what lies behind the end is zeros and stays
      if (s.exists) {
        next.add(new Edit(s).file(ZERO).evicting(2).done());
      }
      next.add(new Edit(s).state(SharedMemoryLayout.PRESENT).evicting(0).done());
    }
    if (s.evicting == 2) {
      next.add(new Edit(s).state(SharedMemoryLayout.ABSENT).evicting(0).done());
    }
  }

  /// Under an exclusive lock on the relation: nobody reads, writes or claims. Buffers go first.
  private void truncation(State s, List<State> next) {
    if (!s.exists || !isQuiet(s) || s.newest() >= positionsMax) {
      return;
    }
    List<Integer> history = new ArrayList<>(s.history);
    history.add(ZERO);
    Edit edit = new Edit(s).history(history).buffer(NONE).dirty(false).file(ZERO).exists(false);
    boolean untouched = s.state == SharedMemoryLayout.ABSENT && s.token == 0;
    if (!holds(Rule.TRUNCATION_CLEARS) || untouched) {
      next.add(edit.done());
    } else if (claimable(s) && s.token < tokensMax) {
      next.add(
          edit.state(SharedMemoryLayout.ABSENT)
              .token(raised(s))
              .written(true)
              .bound(history.size() - 1)
              .done());
    }
  }

  private static boolean isQuiet(State s) {
    return s.reading == NONE && s.writing == NONE && !s.gap;
  }

  /// A later block is added, and this one comes into being with it.
  private void gap(State s, List<State> next) {
    if (!s.exists && isQuiet(s) && s.buffer == NONE) {
      if (!holds(Rule.GAP_IS_MARKED_FIRST)) {
        next.add(new Edit(s).exists(true).file(ZERO).done());
      } else if (claimable(s) && s.token < tokensMax) {
        next.add(
            new Edit(s)
                .state(SharedMemoryLayout.PRESENT)
                .token(raised(s))
                .written(true)
                .bound(s.newest())
                .gap(true)
                .done());
      }
    }
    if (s.gap) {
      next.add(new Edit(s).exists(true).file(ZERO).gap(false).done());
    }
  }

  /// The relation goes away, and its entries are given to another one that only the pageserver has.
  /// What was asked for on behalf of the old one is still under way.
  private void unlink(State s, List<State> next) {
    if (s.reused || !isQuiet(s)) {
      return;
    }
    List<Fetch> late =
        s.fetches.stream()
            .map(fetch ->
                fetch.content == NONE
                    ? new Fetch(fetch.token, fetch.bound, s.content(), fetch.phase)
                    : fetch)
            .toList();
    Edit edit =
        new Edit(s)
            .history(List.of(OTHER))
            .buffer(NONE)
            .dirty(false)
            .file(ZERO)
            .exists(true)
            .reused(true)
            .fetches(late);
    if (!holds(Rule.UNLINK_CLEARS)) {
      next.add(edit.written(false).bound(0).done());
    } else if (claimable(s) && s.token < tokensMax) {
      boolean nothingToForget = s.state == SharedMemoryLayout.ABSENT && !s.written;
      next.add(
          edit.state(SharedMemoryLayout.ABSENT)
              .token(nothingToForget ? s.token : raised(s))
              .written(false)
              .bound(0)
              .done());
    }
  }

  /// A copy of a state with some fields changed.
  private static final class Edit {

    private int state;
    private int token;
    private boolean written;
    private int bound;
    private List<Integer> history;
    private int file;
    private boolean exists;
    private int buffer;
    private boolean dirty;
    private List<Fetch> fetches;
    private int reading;
    private int read;
    private int writing;
    private int evicting;
    private boolean gap;
    private boolean reused;
    private String trouble = "";

    Edit(State s) {
      state = s.state;
      token = s.token;
      written = s.written;
      bound = s.bound;
      history = s.history;
      file = s.file;
      exists = s.exists;
      buffer = s.buffer;
      dirty = s.dirty;
      fetches = s.fetches;
      reading = s.reading;
      read = s.read;
      writing = s.writing;
      evicting = s.evicting;
      gap = s.gap;
      reused = s.reused;
    }

    Edit state(int value) {
      state = value;
      return this;
    }

    Edit token(int value) {
      token = value;
      return this;
    }

    Edit written(boolean value) {
      written = value;
      return this;
    }

    Edit bound(int value) {
      bound = value;
      return this;
    }

    Edit history(List<Integer> value) {
      history = List.copyOf(value);
      return this;
    }

    Edit file(int value) {
      file = value;
      return this;
    }

    Edit exists(boolean value) {
      exists = value;
      return this;
    }

    Edit buffer(int value) {
      buffer = value;
      return this;
    }

    Edit dirty(boolean value) {
      dirty = value;
      return this;
    }

    Edit fetches(List<Fetch> value) {
      fetches = List.copyOf(value);
      return this;
    }

    Edit fetch(int index, Fetch value) {
      List<Fetch> changed = new ArrayList<>(fetches);
      changed.set(index, value);
      return fetches(changed);
    }

    Edit withoutFetch(int index) {
      List<Fetch> changed = new ArrayList<>(fetches);
      changed.remove(index);
      return fetches(changed);
    }

    Edit reading(int value) {
      reading = value;
      return this;
    }

    Edit read(int value) {
      read = value;
      return this;
    }

    Edit writing(int value) {
      writing = value;
      return this;
    }

    Edit evicting(int value) {
      evicting = value;
      return this;
    }

    Edit gap(boolean value) {
      gap = value;
      return this;
    }

    Edit reused(boolean value) {
      reused = value;
      return this;
    }

    Edit trouble(String value) {
      trouble = value;
      return this;
    }

    State done() {
      return new State(
          state, token, written, bound, history, file, exists, buffer, dirty, fetches, reading,
          read, writing, evicting, gap, reused, trouble);
    }
  }
}
