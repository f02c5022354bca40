package dev.argon.compute;

import dev.argon.compute.postgres.Postmaster;
import dev.argon.compute.postgres.ServerSettings;
import dev.argon.compute.postgres.Signal;
import dev.argon.compute.spec.ComputeSpec;
import dev.argon.compute.spec.SpecDocument;
import dev.argon.compute.spec.SpecException;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.ProblemCode;
import dev.argon.quorum.MembershipConfiguration;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// Gives a running server other settings: `postgresql.conf` is written anew and read again. What
/// PostgreSQL takes only at its start, it says so in its log and keeps; the next start has it.
final class RunningSettings implements ComputeSurface.Reconfiguration {

  private static final Logger LOG = System.getLogger(RunningSettings.class.getName());

  private final ComputeParts parts;
  private final ComputeState state;

  /// One file, one writer; guards the spec too.
  private final ReentrantLock lock = new ReentrantLock();

  /// The newest: of this start, with the settings that were told since.
  private ComputeSpec spec;

  /// @param spec of this start
  RunningSettings(ComputeSpec spec, ComputeParts parts, ComputeState state) {
    this.spec = spec;
    this.parts = parts;
    this.state = state;
  }

  @Override
  public void apply(SpecDocument document) throws ApiProblem {
    ComputeSpec wanted;
    try {
      wanted = ComputeSpec.of(document);
    } catch (SpecException e) {
      throw new ApiProblem(ProblemCode.REFUSED, String.valueOf(e.getMessage()), e);
    }
    lock.lock();
    try {
      if (!wanted.tenant().equals(spec.tenant())
          || !wanted.timeline().equals(spec.timeline())
          || !wanted.mode().equals(spec.mode())) {
        throw new ApiProblem(ProblemCode.CONFLICT, "the spec is of another timeline or mode");
      }
      if (state.phase() != ComputeState.Phase.RUNNING || parts.postmaster().isEmpty()) {
        throw new ApiProblem(ProblemCode.CONFLICT, "the compute is not running");
      }
      write(wanted);
      spec = spec.withSettingsOf(wanted);
      Postmaster postmaster = parts.postmaster().get();
      postmaster.signal(Signal.HANGUP);
    } catch (IOException e) {
      throw new ApiProblem(ProblemCode.INTERNAL, "cannot write the settings: " + e, e);
    } finally {
      lock.unlock();
    }
  }

  /// Takes over who the safekeepers are. A replica that runs, or starts, is told as settings are
  /// told.
  void membership(MembershipConfiguration told) {
    parts.membership(told);
    boolean _ = tellUpstream();
  }

  /// The replica reads from this one if it can.
  ///
  /// @return whether PostgreSQL was told
  boolean prefer(HostPort safekeeper) {
    boolean known = parts.upstream().map(upstream -> upstream.prefer(safekeeper)).orElse(false);
    return known && tellUpstream();
  }

  /// The server answers queries. What was told while it could not be told itself, it is now.
  void started() {
    boolean _ = tellUpstream();
  }

  private boolean tellUpstream() {
    lock.lock();
    try {
      if (parts.upstream().isEmpty() || parts.postmaster().isEmpty() || !takesSignals()) {
        return false;
      }
      write(spec);
      parts.postmaster().get().signal(Signal.HANGUP);
      return true;
    } catch (IOException e) {
      LOG.log(Level.ERROR, "the replica goes on with the safekeepers that it knew", e);
      return false;
    } finally {
      lock.unlock();
    }
  }

  /// A postmaster that has not come to its lock file could die by the signal.
  private boolean takesSignals() {
    return switch (state.phase()) {
      case INIT, RUNNING -> Files.exists(spec.directory().resolve("pgdata/postmaster.pid"));
      case TERMINATION_PENDING, TERMINATED, FAILED -> false;
    };
  }

  private void write(ComputeSpec wanted) throws IOException {
    Path data = spec.directory().resolve("pgdata");
    Path sockets = parts.sockets().orElseThrow().path();
    // What stands on the command line is left out of the file; it is the same as at the start.
    Optional<Upstream> upstream = parts.upstream();
    String text =
        ServerSettings.of(
                upstream.map(known -> known.raised(wanted)).orElse(wanted),
                sockets,
                shimSettings(),
                upstream.map(Upstream::settings).orElse(Map.of()))
            .fileText();
    Path temporary = data.resolve("postgresql.conf.new");
    Files.writeString(temporary, text);
    Files.move(
        temporary,
        data.resolve("postgresql.conf"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private Map<String, String> shimSettings() {
    return parts.pages().orElseThrow().serverSettings();
  }
}
