package dev.argon.cli.command;

import dev.argon.cli.CliException;
import dev.argon.cli.stack.ProcessReport;
import dev.argon.cli.stack.StackStatus;
import dev.argon.cli.stack.StatusQuery;
import dev.argon.controlplane.api.MembershipDocument;
import dev.argon.controlplane.storage.MemberDocument;
import dev.argon.node.ProcessStatus;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `argon status`.
@Command(name = "status", description = "Every process, its address, health and LSNs.")
final class StatusCommand extends StackCommand {

  @Option(names = "--json", description = "for scripts")
  boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException, CliException {
    StackStatus status = new StatusQuery(directory(), stack()).run();
    if (json) {
      printJson(status);
      return 0;
    }
    print("Data directory " + status.data() + ", format version " + status.formatVersion());
    print(status.postgresql());
    print("");
    Table table = new Table("NAME", "KIND", "PID", "HEALTH", "ADDRESSES", "DIRECTORY");
    for (ProcessReport process : status.processes()) {
      table.row(
          process.name(),
          process.kind(),
          process.pid() == 0 ? "-" : Long.toString(process.pid()),
          process.health(),
          process.addresses().entrySet().stream()
              .sorted(java.util.Map.Entry.comparingByKey())
              .map(address -> address.getKey() + " " + address.getValue())
              .collect(Collectors.joining(", ")),
          process.directory());
    }
    table.print(out());
    for (ProcessReport process : status.processes()) {
      for (String reason : process.reasons()) {
        print(process.name() + ": " + reason);
      }
    }
    printLsns(status);
    printMemberships(status);
    print("");
    status.remarks().forEach(remark -> print("Remark: " + remark + "."));
    return 0;
  }

  private void printLsns(StackStatus status) {
    Table table = new Table("NAME", "KIND", "TIMELINE", "LSNS");
    boolean any = false;
    for (ProcessReport process : status.processes()) {
      for (ProcessStatus.TimelineLsns timeline : process.timelines()) {
        any = true;
        table.row(
            process.name(),
            process.kind(),
            timeline.timelineId(),
            timeline.lsns().entrySet().stream()
                .sorted(java.util.Map.Entry.comparingByKey())
                .map(lsn -> lsn.getKey() + " " + lsn.getValue())
                .collect(Collectors.joining(", ")));
      }
    }
    if (any) {
      print("");
      table.print(out());
    }
  }

  private void printMemberships(StackStatus status) {
    if (status.memberships().isEmpty()) {
      return;
    }
    Table table = new Table("BRANCH", "TIMELINE", "GENERATION", "SAFEKEEPERS");
    for (MembershipDocument membership : status.memberships()) {
      List<MemberDocument> next = membership.newMembers();
      table.row(
          membership.branchName(),
          membership.timelineId(),
          Integer.toString(membership.generation()),
          ids(membership.members()) + (next == null ? "" : " becoming " + ids(next)));
    }
    print("");
    table.print(out());
    for (MembershipDocument membership : status.memberships()) {
      if (membership.problem() != null) {
        print(membership.branchName() + ": " + membership.problem());
      }
    }
  }

  private static String ids(List<MemberDocument> members) {
    return members.stream()
        .map(member -> Long.toString(member.id()))
        .collect(Collectors.joining(", "));
  }
}
