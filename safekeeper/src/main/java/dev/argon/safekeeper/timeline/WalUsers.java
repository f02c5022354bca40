package dev.argon.safekeeper.timeline;

import dev.argon.postgres.Lsn;
import dev.argon.quorum.PageserverFeedback;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

/// Who uses the WAL of one timeline at this moment: proposers that push, readers that stream,
/// copies that are being made. As long as there is one the WAL is on the local disk; the first one
/// brings it back if it had been evicted.
public final class WalUsers {

  /// One of them; gone when closed.
  public sealed interface User extends AutoCloseable {

    /// Its address and, if it gave one, its name.
    String peer();

    @Override
    void close();
  }

  /// A proposer's connection.
  public final class Receiver implements User {
    private final String peer;

    private Receiver(String peer) {
      this.peer = peer;
    }

    @Override
    public String peer() {
      return peer;
    }

    @Override
    public void close() {
      users.remove(this);
      onChange.run();
    }
  }

  /// A reader's connection. Its own thread writes the fields, others look at them.
  public final class Sender implements User {
    private final String peer;
    private final String application;
    private volatile Lsn sentLsn;
    private volatile Optional<PageserverFeedback> feedback = Optional.empty();

    private Sender(String peer, String application, Lsn startLsn) {
      this.peer = peer;
      this.application = application;
      sentLsn = startLsn;
    }

    @Override
    public String peer() {
      return peer;
    }

    /// What it calls itself: `application_name`.
    public String application() {
      return application;
    }

    /// Everything below has been given to its socket.
    public Lsn sentLsn() {
      return sentLsn;
    }

    public void sent(Lsn lsn) {
      sentLsn = lsn;
    }

    /// What it reported last, if it is a pageserver.
    public Optional<PageserverFeedback> feedback() {
      return feedback;
    }

    public void reported(PageserverFeedback newFeedback) {
      feedback = Optional.of(newFeedback);
    }

    @Override
    public void close() {
      users.remove(this);
      onChange.run();
    }
  }

  /// A copy being made: no segment is removed meanwhile.
  public final class Copy implements User {
    private final String peer;

    private Copy(String peer) {
      this.peer = peer;
    }

    @Override
    public String peer() {
      return peer;
    }

    @Override
    public void close() {
      users.remove(this);
      onChange.run();
    }
  }

  /// Work on the files while nobody uses them.
  @FunctionalInterface
  public interface FileWork {
    void run() throws IOException;
  }

  private final FileWork restore;
  private final Runnable onChange;

  /// Orders coming and going against evicting, restoring and removing; held while that goes on,
  /// which is its purpose. Taken before the timeline's lock.
  private final ReentrantLock lock = new ReentrantLock();

  private final List<User> users = new CopyOnWriteArrayList<>();

  /// @param restore brings the WAL back if it is not here; else does nothing
  /// @param onChange called when somebody came or went
  WalUsers(FileWork restore, Runnable onChange) {
    this.restore = restore;
    this.onChange = onChange;
  }

  /// A proposer has connected.
  ///
  /// @throws RefusedException if evicted WAL cannot be brought back
  public Receiver receiver(String peer) throws RefusedException {
    return enter(new Receiver(peer));
  }

  /// A reader has connected and will read from `startLsn` on.
  ///
  /// @throws RefusedException if evicted WAL cannot be brought back
  public Sender sender(String peer, String application, Lsn startLsn) throws RefusedException {
    return enter(new Sender(peer, application, startLsn));
  }

  /// Somebody wants to read the files as they are now.
  ///
  /// @throws RefusedException if evicted WAL cannot be brought back
  public Copy copy(String peer) throws RefusedException {
    return enter(new Copy(peer));
  }

  private <U extends User> U enter(U user) throws RefusedException {
    lock.lock();
    try {
      restore.run();
      users.add(user);
    } catch (IOException e) {
      throw new RefusedException(
          "58030", "evicted WAL cannot be brought back: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
    onChange.run();
    return user;
  }

  /// Does `work` if nobody is here; who comes meanwhile waits.
  ///
  /// @return whether it was done
  public boolean whileUnused(FileWork work) throws IOException {
    lock.lock();
    try {
      if (!users.isEmpty()) {
        return false;
      }
      work.run();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Does `work` if no copy is being made; a copy that wants to begin meanwhile waits.
  ///
  /// @return whether it was done
  public boolean whileNotCopied(FileWork work) throws IOException {
    lock.lock();
    try {
      if (users.stream().anyMatch(Copy.class::isInstance)) {
        return false;
      }
      work.run();
      return true;
    } finally {
      lock.unlock();
    }
  }

  public boolean isEmpty() {
    return users.isEmpty();
  }

  /// Whether a proposer is connected.
  public boolean hasReceiver() {
    return users.stream().anyMatch(Receiver.class::isInstance);
  }

  public List<Receiver> receivers() {
    return only(Receiver.class);
  }

  public List<Sender> senders() {
    return only(Sender.class);
  }

  private <U extends User> List<U> only(Class<U> type) {
    List<U> found = new ArrayList<>();
    for (User user : users) {
      if (type.isInstance(user)) {
        found.add(type.cast(user));
      }
    }
    return found;
  }
}
