package dev.argon.compute.memory;

import static dev.argon.compute.memory.SlotModel.At.BELL;
import static dev.argon.compute.memory.SlotModel.At.BIT;
import static dev.argon.compute.memory.SlotModel.At.COLLECTED;
import static dev.argon.compute.memory.SlotModel.At.COUNT;
import static dev.argon.compute.memory.SlotModel.At.DETACHED;
import static dev.argon.compute.memory.SlotModel.At.DISPATCHER;
import static dev.argon.compute.memory.SlotModel.At.FIRST_HALF;
import static dev.argon.compute.memory.SlotModel.At.LANE;
import static dev.argon.compute.memory.SlotModel.At.LANE_SAW_DETACHED;
import static dev.argon.compute.memory.SlotModel.At.LANE_WORK;
import static dev.argon.compute.memory.SlotModel.At.OWNER;
import static dev.argon.compute.memory.SlotModel.At.REQUESTS;
import static dev.argon.compute.memory.SlotModel.At.RESULT_FIRST_HALF;
import static dev.argon.compute.memory.SlotModel.At.RESULT_SECOND_HALF;
import static dev.argon.compute.memory.SlotModel.At.SECOND_HALF;
import static dev.argon.compute.memory.SlotModel.At.SEEN_BELL;
import static dev.argon.compute.memory.SlotModel.At.SLEEPING;
import static dev.argon.compute.memory.SlotModel.At.STATE;
import static dev.argon.compute.memory.SlotModel.At.TAKEN;
import static dev.argon.compute.memory.SlotModel.At.TROUBLE;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// One request slot, the processes that own it one after the other, the dispatcher and a lane, as a
/// transition system: each step reads or writes one word. Mirrors `neon_fetch.c`, [RequestSlots]
/// and the dispatcher. Request and result are two words each, which must never be met half.
///
/// A process may be cancelled or end where PostgreSQL looks for interrupts, and it may vanish where
/// it holds the slot; the next process with its number then begins with the slot as it is. When a
/// process is killed, or the JVM ends, everything starts anew with another file: that is no step.
/// No wait has a timeout here, so a lost wake-up is a state from which nothing goes on.
///
/// @param rules which of the protocol's rules hold; a test leaves one out and must see it fail
/// @param requestsMax how many requests are made
record SlotModel(Rules rules, int requestsMax) {

  /// The protocol's rules.
  ///
  /// @param submitsFilled SUBMITTED is stored after the request
  /// @param bitAfterState the slot's bit is set after its state
  /// @param bellAfterBit the doorbell is raised after the bit
  /// @param bellBeforeDrain the dispatcher looks at the doorbell before it looks for bits
  /// @param sleepIsAnnounced the dispatcher says that it sleeps, then looks at the doorbell again
  /// @param resultFirst COMPLETED is stored after the result
  /// @param leavingDetaches who leaves a request that the JVM has does not free the slot
  /// @param detachedIsFreed the JVM frees a detached slot when it completes it
  /// @param completesBySwap COMPLETED replaces what was seen, not whatever is there
  /// @param nextProcessReclaims a process looks at its slots when it starts
  record Rules(
      boolean submitsFilled,
      boolean bitAfterState,
      boolean bellAfterBit,
      boolean bellBeforeDrain,
      boolean sleepIsAnnounced,
      boolean resultFirst,
      boolean leavingDetaches,
      boolean detachedIsFreed,
      boolean completesBySwap,
      boolean nextProcessReclaims) {

    private static final int COUNT = 10;

    /// All of them but one.
    ///
    /// @param missing its place; negative: none
    static Rules without(int missing) {
      boolean[] holds = new boolean[COUNT];
      for (int i = 0; i < COUNT; i++) {
        holds[i] = i != missing;
      }
      return new Rules(
          holds[0], holds[1], holds[2], holds[3], holds[4], holds[5], holds[6], holds[7], holds[8],
          holds[9]);
    }
  }

  /// Where a state keeps what.
  static final class At {
    static final int STATE = 0;
    static final int DETACHED = 1;
    static final int FIRST_HALF = 2;
    static final int SECOND_HALF = 3;
    static final int RESULT_FIRST_HALF = 4;
    static final int RESULT_SECOND_HALF = 5;
    static final int BIT = 6;
    static final int BELL = 7;
    static final int SLEEPING = 8;
    static final int OWNER = 9;
    static final int REQUESTS = 10;
    static final int COLLECTED = 11;
    static final int DISPATCHER = 12;
    static final int SEEN_BELL = 13;
    static final int TAKEN = 14;
    static final int LANE = 15;
    static final int LANE_WORK = 16;
    static final int LANE_SAW_DETACHED = 17;
    static final int TROUBLE = 18;
    static final int COUNT = 19;

    private At() {}
  }

  // What the owner does next.
  private static final int TAKE = 0;
  private static final int FILL_FIRST = 1;
  private static final int FILL_SECOND = 2;
  private static final int SUBMIT = 3;
  private static final int SET_BIT = 4;
  private static final int RING = 5;
  private static final int AWAIT = 6;
  private static final int COLLECT_FIRST = 7;
  private static final int COLLECT_SECOND = 8;
  private static final int FREE = 9;
  private static final int START = 10;

  // What the dispatcher does next.
  private static final int LOOK_AT_BELL = 0;
  private static final int DRAIN = 1;
  private static final int TAKE_SUBMITTED = 2;
  private static final int READ_FIRST = 3;
  private static final int READ_SECOND = 4;
  private static final int ANNOUNCE_SLEEP = 5;
  private static final int LOOK_AGAIN = 6;
  private static final int ASLEEP = 7;

  // What the lane does next.
  private static final int NO_WORK = 0;
  private static final int ANSWER_FIRST = 1;
  private static final int ANSWER_SECOND = 2;
  private static final int LOOK_AT_STATE = 3;
  private static final int COMPLETE = 4;

  private static final int IDLE = SharedMemoryLayout.SLOT_IDLE;
  private static final int FILLING = 1;
  private static final int SUBMITTED = SharedMemoryLayout.SLOT_SUBMITTED;
  private static final int PROCESSING = SharedMemoryLayout.SLOT_PROCESSING;
  private static final int COMPLETED = SharedMemoryLayout.SLOT_COMPLETED;

  static List<Integer> initial() {
    return Collections.nCopies(COUNT, 0);
  }

  /// What is wrong with a state from which nothing goes on; empty if all requests are done.
  String end(List<Integer> s) {
    boolean done =
        s.get(OWNER) == TAKE
            && s.get(REQUESTS) == requestsMax
            && s.get(STATE) == IDLE
            && s.get(LANE) == NO_WORK
            && s.get(BIT) == 0;
    return done ? "" : "nothing goes on";
  }

  String trouble(List<Integer> s) {
    return switch (s.get(TROUBLE)) {
      case 0 -> "";
      case 1 -> "half a request was read";
      case 2 -> "half a result, or another request's, was collected";
      default -> "the slot was taken or completed in a state that does not fit";
    };
  }

  List<List<Integer>> next(List<Integer> s) {
    List<List<Integer>> next = new ArrayList<>();
    if (s.get(TROUBLE) == 0) {
      owner(s, next);
      ending(s, next);
      dispatcher(s, next);
      lane(s, next);
    }
    return next;
  }

  private static List<Integer> with(List<Integer> s, int... changes) {
    List<Integer> copy = new ArrayList<>(s);
    for (int i = 0; i < changes.length; i += 2) {
      copy.set(changes[i], changes[i + 1]);
    }
    return List.copyOf(copy);
  }

  private void owner(List<Integer> s, List<List<Integer>> next) {
    int request = s.get(REQUESTS);
    switch (s.get(OWNER)) {
      case TAKE -> {
        if (request < requestsMax && s.get(STATE) == IDLE) {
          next.add(with(s, STATE, FILLING, REQUESTS, request + 1, OWNER, FILL_FIRST));
        }
      }
      case FILL_FIRST ->
          next.add(with(s, FIRST_HALF, request, OWNER, rules.submitsFilled ? FILL_SECOND : SUBMIT));
      case FILL_SECOND ->
          next.add(with(s, SECOND_HALF, request, OWNER, rules.submitsFilled ? SUBMIT : RING));
      case SUBMIT ->
          next.add(
              rules.bitAfterState
                  ? with(s, STATE, SUBMITTED, OWNER, SET_BIT)
                  : with(s, BIT, 1, OWNER, SET_BIT));
      case SET_BIT -> {
        if (!rules.bitAfterState) {
          next.add(with(s, STATE, SUBMITTED, OWNER, RING));
        } else if (!rules.bellAfterBit) {
          next.add(ring(s, RING));
        } else {
          next.add(with(s, BIT, 1, OWNER, rules.submitsFilled ? RING : FILL_SECOND));
        }
      }
      case RING -> next.add(rules.bellAfterBit ? ring(s, AWAIT) : with(s, BIT, 1, OWNER, AWAIT));
      case AWAIT -> {
        if (s.get(STATE) == COMPLETED) {
          next.add(with(s, OWNER, COLLECT_FIRST));
        }
      }
      case COLLECT_FIRST ->
          next.add(with(s, COLLECTED, s.get(RESULT_FIRST_HALF), OWNER, COLLECT_SECOND));
      case COLLECT_SECOND -> {
        boolean right = s.get(COLLECTED) == request && s.get(RESULT_SECOND_HALF) == request;
        next.add(with(s, COLLECTED, 0, OWNER, FREE, TROUBLE, right ? 0 : 2));
      }
      case FREE -> next.add(with(s, STATE, IDLE, OWNER, TAKE));
      case START -> {
        int state = s.get(STATE);
        boolean free = state == FILLING || state == COMPLETED;
        if (!rules.nextProcessReclaims || state == IDLE || s.get(DETACHED) == 1) {
          next.add(with(s, OWNER, TAKE));
        } else if (free) {
          next.add(with(s, STATE, IDLE, OWNER, TAKE));
        } else {
          next.add(with(s, DETACHED, 1, OWNER, TAKE));
        }
      }
      default -> throw new IllegalStateException("owner: " + s);
    }
  }

  /// The doorbell is raised and, in the same step or a later one of the kernel's, wakes the
  /// dispatcher if that has said that it sleeps.
  private List<Integer> ring(List<Integer> s, int then) {
    List<Integer> rung = with(s, BELL, s.get(BELL) + 1, OWNER, then);
    return s.get(SLEEPING) == 1 && s.get(DISPATCHER) == ASLEEP
        ? with(rung, DISPATCHER, LOOK_AT_BELL, SLEEPING, 0)
        : rung;
  }

  /// An interrupt is met while waiting; an error or the end of the process may come whenever it
  /// holds the slot, but not between the submission and the doorbell.
  private void ending(List<Integer> s, List<List<Integer>> next) {
    int owner = s.get(OWNER);
    boolean holds = owner != TAKE && owner != START && owner != FREE;
    boolean submitting = owner == SET_BIT || owner == RING;
    if (!holds || submitting || !rules.submitsFilled) {
      return;
    }
    int state = s.get(STATE);
    // gone without a word
    next.add(with(s, OWNER, START, COLLECTED, 0));
    // or it cleans up
    if (state == FILLING || state == COMPLETED || !rules.leavingDetaches) {
      next.add(with(s, STATE, IDLE, OWNER, TAKE, COLLECTED, 0));
    } else {
      next.add(with(s, DETACHED, 1, OWNER, TAKE, COLLECTED, 0));
    }
  }

  private void dispatcher(List<Integer> s, List<List<Integer>> next) {
    switch (s.get(DISPATCHER)) {
      case LOOK_AT_BELL -> next.add(with(s, SEEN_BELL, s.get(BELL), DISPATCHER, DRAIN));
      case DRAIN ->
          next.add(
              s.get(BIT) == 1
                  ? with(s, BIT, 0, DISPATCHER, TAKE_SUBMITTED)
                  : with(s, DISPATCHER, ANNOUNCE_SLEEP));
      case TAKE_SUBMITTED ->
          next.add(
              s.get(STATE) == SUBMITTED
                  ? with(s, STATE, PROCESSING, DISPATCHER, READ_FIRST)
                  : with(s, TROUBLE, 3));
      case READ_FIRST -> next.add(with(s, TAKEN, s.get(FIRST_HALF), DISPATCHER, READ_SECOND));
      case READ_SECOND -> {
        boolean whole = s.get(SECOND_HALF).equals(s.get(TAKEN));
        next.add(
            with(
                s,
                LANE,
                ANSWER_FIRST,
                LANE_WORK,
                s.get(TAKEN),
                TAKEN,
                0,
                DISPATCHER,
                LOOK_AT_BELL,
                TROUBLE,
                whole ? 0 : 1));
      }
      case ANNOUNCE_SLEEP -> {
        // Left out, the bell is looked at before the sleep is announced, or only now.
        int seen = rules.bellBeforeDrain ? s.get(SEEN_BELL) : s.get(BELL);
        next.add(
            rules.sleepIsAnnounced
                ? with(s, SLEEPING, 1, SEEN_BELL, seen, DISPATCHER, LOOK_AGAIN)
                : seen == s.get(BELL)
                    ? with(s, DISPATCHER, LOOK_AGAIN)
                    : with(s, DISPATCHER, LOOK_AT_BELL));
      }
      case LOOK_AGAIN ->
          next.add(
              !rules.sleepIsAnnounced
                  ? with(s, SLEEPING, 1, DISPATCHER, ASLEEP)
                  : s.get(BELL).equals(s.get(SEEN_BELL))
                      ? with(s, DISPATCHER, ASLEEP)
                      : with(s, SLEEPING, 0, DISPATCHER, LOOK_AT_BELL));
      default -> {} // asleep
    }
  }

  private void lane(List<Integer> s, List<List<Integer>> next) {
    int work = s.get(LANE_WORK);
    switch (s.get(LANE)) {
      case ANSWER_FIRST ->
          next.add(
              rules.resultFirst
                  ? with(s, RESULT_FIRST_HALF, work, LANE, ANSWER_SECOND)
                  : with(s, STATE, COMPLETED, LANE, ANSWER_SECOND));
      case ANSWER_SECOND ->
          next.add(
              rules.resultFirst
                  ? with(s, RESULT_SECOND_HALF, work, LANE, LOOK_AT_STATE)
                  : with(
                      s,
                      RESULT_FIRST_HALF,
                      work,
                      RESULT_SECOND_HALF,
                      work,
                      LANE,
                      NO_WORK,
                      LANE_WORK,
                      0));
      case LOOK_AT_STATE ->
          next.add(
              s.get(STATE) == PROCESSING
                  ? with(s, LANE_SAW_DETACHED, s.get(DETACHED), LANE, COMPLETE)
                  : with(s, TROUBLE, 3));
      case COMPLETE -> {
        boolean asSeen =
            s.get(STATE) == PROCESSING && s.get(DETACHED).equals(s.get(LANE_SAW_DETACHED));
        if (!asSeen && rules.completesBySwap) {
          next.add(with(s, LANE, LOOK_AT_STATE));
        } else {
          boolean free = s.get(LANE_SAW_DETACHED) == 1 && rules.detachedIsFreed;
          next.add(
              with(
                  s,
                  STATE,
                  free ? IDLE : COMPLETED,
                  DETACHED,
                  0,
                  LANE_SAW_DETACHED,
                  0,
                  LANE,
                  NO_WORK,
                  LANE_WORK,
                  0));
        }
      }
      default -> {} // nothing to do
    }
  }
}
