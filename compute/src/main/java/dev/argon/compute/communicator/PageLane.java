package dev.argon.compute.communicator;

import dev.argon.compute.communicator.Progress.Outcome;
import dev.argon.compute.compare.PageResult;
import dev.argon.compute.compare.ResidentComparison;
import dev.argon.compute.memory.RequestSlots;
import dev.argon.compute.memory.SharedMemory;
import dev.argon.compute.memory.SharedMemoryLayout;
import dev.argon.compute.memory.VitalThread;
import dev.argon.pageservice.PageRequest;
import dev.argon.pageservice.PageResponse;
import dev.argon.pageservice.PageServiceClient;
import dev.argon.pageservice.RequestHeader;
import dev.argon.pgwire.PgErrorException;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// One connection to the pageserver and its two threads: one sends requests, one receives pages and
/// installs them. A broken connection is opened again, for ever: a backend that does not want to
/// wait is cancelled by its user. What was asked for on the old connection is asked for again.
final class PageLane {

  private static final System.Logger LOGGER = System.getLogger(PageLane.class.getName());
  private static final long CONNECT_TIMEOUT_MILLIS = 5_000;
  private static final long RETRY_MILLIS_MIN = 10;
  private static final long RETRY_MILLIS_MAX = 1_000;

  /// A lost wake-up, and a connection that broke while nobody asked, cost at most this much.
  private static final long POLL_MILLIS = 200;

  /// Requests under way: more would only wait in the pageserver's socket.
  private static final int OUTSTANDING_MAX = 512;

  private final String name;
  private final SharedMemory memory;
  private final PageSource source;
  private final Installer installer;
  private final ResidentComparison comparison;
  private final Counts counts;
  private final Fetches fetches;
  private final Thread sender;
  private final ByteBuffer page = ByteBuffer.allocateDirect(PageResponse.PAGE_SIZE);

  /// Guards what follows; the innermost lock.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition answered = lock.newCondition();
  private final ArrayDeque<Fetch> outstanding = new ArrayDeque<>();
  private Optional<PageServiceClient> current = Optional.empty();

  private final CountDownLatch closed = new CountDownLatch(1);

  /// What lanes count together.
  ///
  /// @param errors pages the pageserver refused
  /// @param recent pages whose bound the pageserver had not reached when they were asked for, as
  ///   far as is known here: it waits for WAL first
  record Counts(LongAdder errors, LongAdder recent) {}

  PageLane(
      String name,
      SharedMemory memory,
      PageSource source,
      Installer installer,
      ResidentComparison comparison,
      Counts counts,
      Fetches fetches) {
    this.name = name;
    this.memory = memory;
    this.source = source;
    this.installer = installer;
    this.comparison = comparison;
    this.counts = counts;
    this.fetches = fetches;
    sender = VitalThread.of(name, this::run);
  }

  void start() {
    sender.start();
  }

  private boolean isClosing() {
    return closed.getCount() == 0;
  }

  boolean isConnected() {
    lock.lock();
    try {
      return current.isPresent();
    } finally {
      lock.unlock();
    }
  }

  /// Ends both threads and waits for them. Requests that are under way stay unanswered.
  void close() throws InterruptedException {
    closed.countDown();
    lock.lock();
    try {
      current.ifPresent(PageServiceClient::close);
      answered.signalAll();
    } finally {
      lock.unlock();
    }
    fetches.wake();
    sender.join();
    installer.close();
    comparison.close();
  }

  private void run() {
    long retryMillis = RETRY_MILLIS_MIN;
    String lastProblem = "";
    List<Fetch> again = List.of();
    try {
      while (!isClosing()) {
        try (PageServiceClient client =
            PageServiceClient.connect(
                source.pageserver(),
                source.tenant(),
                source.timeline(),
                source.term(),
                CONNECT_TIMEOUT_MILLIS)) {
          retryMillis = RETRY_MILLIS_MIN;
          if (!lastProblem.isEmpty()) {
            LOGGER.log(Level.INFO, "{0}: connected to the pageserver again", name);
            lastProblem = "";
          }
          again = serve(client, again);
        } catch (IOException | PgErrorException e) {
          String problem = String.valueOf(e.getMessage());
          if (!isClosing() && !problem.equals(lastProblem)) {
            LOGGER.log(Level.WARNING, "{0}: no connection to the pageserver: {1}", name, problem);
          }
          lastProblem = problem;
          boolean _ = closed.await(retryMillis, TimeUnit.MILLISECONDS);
          retryMillis = Math.min(retryMillis * 2, RETRY_MILLIS_MAX);
        }
      }
    } catch (InterruptedException e) {
      LOGGER.log(Level.WARNING, name + " was interrupted and ends", e);
    }
  }

  /// Uses one connection until it breaks.
  ///
  /// @return what was asked for and not answered
  private List<Fetch> serve(PageServiceClient client, List<Fetch> again)
      throws InterruptedException {
    lock.lock();
    try {
      current = Optional.of(client);
      if (isClosing()) {
        client.close();
      }
    } finally {
      lock.unlock();
    }
    Thread receiver = VitalThread.of(name + "-receiver", () -> receive(client));
    receiver.start();
    try {
      for (Fetch fetch : again) {
        send(client, fetch);
      }
      flush(client);
      while (receiver.isAlive() && !isClosing()) {
        Fetch first = fetches.next(POLL_MILLIS);
        if (first == null) {
          continue;
        }
        for (Fetch fetch = first; fetch != null; fetch = fetches.poll()) {
          send(client, fetch);
        }
        flush(client);
      }
    } catch (IOException e) {
      LOGGER.log(isClosing() ? Level.DEBUG : Level.WARNING, name + ": sending failed", e);
    } finally {
      client.close();
      receiver.join();
    }
    lock.lock();
    try {
      current = Optional.empty();
      List<Fetch> unanswered = new ArrayList<>(outstanding);
      outstanding.clear();
      memory.count(SharedMemoryLayout.OPEN_REQUESTS, -unanswered.size());
      memory.count(SharedMemoryLayout.DISCONNECTS, isClosing() ? 0 : 1);
      return unanswered;
    } finally {
      lock.unlock();
    }
  }

  private void send(PageServiceClient client, Fetch fetch)
      throws IOException, InterruptedException {
    if (!fetch.isComparison()
        && !memory.blocks().isFetching(fetch.chunk(), fetch.blockInChunk(), fetch.token())) {
      fetch.progress().ended(new Outcome.Done());
      return;
    }
    lock.lock();
    try {
      while (outstanding.size() >= OUTSTANDING_MAX && !isClosing()) {
        flush(client);
        boolean _ = answered.await(1, TimeUnit.SECONDS);
      }
      outstanding.addLast(fetch);
    } finally {
      lock.unlock();
    }
    memory.count(SharedMemoryLayout.OPEN_REQUESTS, 1);
    memory.count(SharedMemoryLayout.REQUESTS_SENT, 1);
    long boundLsn = memory.blocks().notModifiedSinceLsn(fetch.chunk(), fetch.blockInChunk());
    RequestHeader header = source.header(fetch.request().requestId(), boundLsn);
    if (!fetch.isComparison() && isRecent(header.notModifiedSinceLsn())) {
      counts.recent().increment();
    }
    client.send(
        new PageRequest.Page(
            header, fetch.request().relation(), fetch.request().fork(), fetch.block()));
  }

  /// The pageserver had everything up to the start when it gave the files to boot from.
  private boolean isRecent(long boundLsn) {
    return Long.compareUnsigned(boundLsn, memory.settings().bootLsn().value()) > 0
        && Long.compareUnsigned(boundLsn, memory.pageserverLsn()) > 0;
  }

  private void flush(PageServiceClient client) throws IOException {
    memory.count(SharedMemoryLayout.SEND_FLUSHES, 1);
    client.flush();
  }

  private void receive(PageServiceClient client) {
    try {
      while (!isClosing()) {
        page.clear();
        PageResponse response = client.receive(page);
        page.flip();
        Fetch fetch = oldest();
        Outcome outcome =
            switch (response) {
              case PageResponse.Page(PageRequest.Page request) -> answer(fetch, request);
              case PageResponse.Failure(_, String message) -> failure(fetch, message);
              case PageResponse.Exists _,
                  PageResponse.BlockCount _,
                  PageResponse.DatabaseSize _,
                  PageResponse.SlruSegment _ ->
                  throw new CorruptDataException("an answer of another kind: " + response);
            };
        // Only now: a page that breaks the stream is asked for again.
        removeOldest();
        fetch.progress().ended(outcome);
      }
    } catch (IOException | PgErrorException | CorruptDataException e) {
      if (!isClosing()) {
        LOGGER.log(
            Level.WARNING, "{0}: lost the connection to the pageserver: {1}", name, e.toString());
      }
    } finally {
      client.close();
      lock.lock();
      try {
        answered.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private Outcome answer(Fetch fetch, PageRequest.Page request) throws CorruptDataException {
    if (request.block() != fetch.block()
        || request.fork() != fetch.request().fork()
        || !request.relation().equals(fetch.request().relation())) {
      throw new CorruptDataException(
          "the answer to another request: " + request + " instead of " + fetch.request());
    }
    return fetch.isComparison() ? compare(fetch) : installer.install(fetch, page);
  }

  private Outcome compare(Fetch fetch) {
    RequestSlots.Request request = fetch.request();
    ResidentComparison.Resident block =
        new ResidentComparison.Resident(
            request.chunk(),
            request.chunkStatus(),
            request.relation(),
            request.fork(),
            fetch.block(),
            fetch.token());
    boolean settled = request.kind() == SharedMemoryLayout.REQUEST_COMPARE;
    try {
      return switch (comparison.compare(block, page, settled)) {
        case PageResult.Same _ -> new Outcome.Done();
        case PageResult.LeftOut(PageResult.Reason reason) ->
            reason == PageResult.Reason.OVERTAKEN ? new Outcome.Overtaken() : new Outcome.Done();
        case PageResult.Different(_, String text) -> new Outcome.Differs(text);
      };
    } catch (IOException e) {
      return new Outcome.Failed(e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  private Outcome failure(Fetch fetch, String message) {
    counts.errors().increment();
    if (fetch.isComparison()) {
      return new Outcome.Failed(message);
    }
    memory.blocks().fetchFailed(fetch.chunk(), fetch.blockInChunk(), fetch.token());
    return new Outcome.Failed(message);
  }

  private Fetch oldest() throws CorruptDataException {
    lock.lock();
    try {
      if (outstanding.isEmpty()) {
        throw new CorruptDataException("an answer without a request");
      }
      return outstanding.getFirst();
    } finally {
      lock.unlock();
    }
  }

  private void removeOldest() {
    lock.lock();
    try {
      outstanding.removeFirst();
      memory.count(SharedMemoryLayout.OPEN_REQUESTS, -1);
      answered.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
