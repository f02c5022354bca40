package dev.argon.safekeeper.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.argon.identity.NodeId;
import dev.argon.postgres.CorruptDataException;
import dev.argon.postgres.Lsn;
import dev.argon.quorum.ControlState;
import dev.argon.quorum.MembershipConfiguration;
import dev.argon.safekeeper.control.ArchiveState;
import dev.argon.safekeeper.control.ControlContent;
import dev.argon.safekeeper.control.ControlFile;
import dev.argon.safekeeper.timeline.DiskSpace;
import dev.argon.safekeeper.timeline.Timeline;
import dev.argon.safekeeper.timeline.TimelineObserver;
import java.io.IOException;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// What is found after the process was killed has to survive the loss of power that comes next.
class RestartTest {

  /// Opening, writing and syncing the new file; what comes next is the rename.
  private static final int STEPS_BEFORE_RENAME = 3;

  /// The crash comes after the step, and nothing that was not synced survives.
  private static final RandomGenerator UNLUCKY = () -> 0L;

  private final SimDisk disk = new SimDisk(UNLUCKY, SimWorld.LAYOUT, _ -> {});
  private final ControlFile file = new ControlFile(disk, SimDisk.DIRECTORY);

  private static ControlContent content(int generation) {
    List<MembershipConfiguration.Member> members =
        List.of(new MembershipConfiguration.Member(new NodeId(1), "sk", 1));
    return new ControlContent(
        new NodeId(1),
        SimWorld.KEY,
        ControlState.create(
            new MembershipConfiguration(generation, members, List.of()),
            SimWorld.SERVER,
            new Lsn(SimWorld.START)),
        ArchiveState.NONE);
  }

  @Test
  void membershipThatAnUnusedTimelineAnswersIsOnDisk() throws IOException, CorruptDataException {
    file.write(content(1));
    disk.crashIn(STEPS_BEFORE_RENAME);
    assertThatThrownBy(() -> file.write(content(2))).isInstanceOf(SimCrash.class);
    disk.loseProcess();

    ControlContent found = file.read();
    DiskSpace space = new DiskSpace(disk, SimDisk.DIRECTORY, 1, SimDisk.RESERVE_BYTES);
    Timeline timeline =
        Timeline.open(
            found,
            file,
            SimDisk.DIRECTORY,
            new Timeline.Parts(
                space,
                (reason, cause) -> {
                  throw new AssertionError(reason, cause);
                },
                TimelineObserver.NONE,
                _ -> {}));
    disk.losePower();

    assertThat(timeline.state().control().membership().generation()).isEqualTo(2);
    assertThat(file.read()).isEqualTo(found);
  }
}
