package dev.argon.cli.command;

import dev.argon.cli.CliException;
import dev.argon.cli.api.Workspace;
import dev.argon.controlplane.api.BranchDocument;
import dev.argon.controlplane.storage.TimelineInfo;
import dev.argon.node.ApiProblem;
import dev.argon.node.HostPort;
import dev.argon.node.HttpJsonClient;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `argon page`.
@Command(
    name = "page",
    description = "Pages as the pageserver has them.",
    footer = {"", "Also: argon page show (what is on a page of a file)."},
    subcommands = PageCommand.Get.class)
final class PageCommand extends GroupCommand {

  /// `argon page get`.
  @Command(name = "get", description = "One page at one LSN, in hexadecimal.")
  static final class Get extends StackCommand {

    private static final Pattern FILE_NODE = Pattern.compile("\\d+/\\d+/\\d+");
    private static final int BYTES_PER_LINE = 16;

    /// Main, free space map, visibility map, init: relpath.h.
    private static final Map<String, String> FORKS =
        Map.of("main", "0", "fsm", "1", "vm", "2", "init", "3");

    @Parameters(
        index = "0",
        paramLabel = "REL",
        description = "TABLESPACE/DATABASE/FILENODE, or a relation's name (its endpoint must run)")
    String relation = "";

    @Parameters(index = "1", paramLabel = "BLOCK")
    long block;

    @Option(names = "--branch", paramLabel = "BRANCH", description = "default: the first branch")
    String branch = "";

    @Option(names = "--lsn", paramLabel = "LSN", description = "default: the newest")
    String lsn = "";

    @Option(names = "--fork", description = "main (default), fsm, vm or init")
    String fork = "main";

    @Option(names = "--raw", description = "the 8192 bytes as they are")
    boolean raw;

    @Override
    public Integer call() throws IOException, InterruptedException, ApiProblem, CliException {
      Workspace workspace = workspace();
      BranchDocument on = branch.isEmpty() ? workspace.defaultBranch() : workspace.branch(branch);
      String forkNumber = FORKS.get(fork.toLowerCase(Locale.ROOT));
      if (forkNumber == null) {
        throw new CliException("--fork " + fork + ": main, fsm, vm or init");
      }
      HttpJsonClient pageserver = PageserverAddress.client(stack());
      String timeline =
          "/v1/tenant/" + workspace.project().tenantId() + "/timeline/" + on.timelineId();
      String at =
          lsn.isEmpty() ? pageserver.get(timeline, TimelineInfo.class).lastRecordLsn() : lsn;
      String node =
          FILE_NODE.matcher(relation).matches() ? relation : fileNode(workspace, on.name());
      byte[] page =
          pageserver.getBytes(
              timeline
                  + "/page?rel="
                  + encode(node)
                  + "&fork="
                  + forkNumber
                  + "&block="
                  + block
                  + "&lsn="
                  + encode(at));
      if (raw) {
        System.out.write(page);
        System.out.flush();
      } else {
        print(node + " fork " + fork + " block " + block + " at " + at);
        printHex(page);
      }
      return 0;
    }

    private static String encode(String text) {
      return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /// Asks the branch's endpoint where the relation lies.
    private String fileNode(Workspace workspace, String branchName)
        throws IOException, InterruptedException, ApiProblem, CliException {
      URI uri =
          URI.create(
              workspace
                  .client()
                  .connectionUri(workspace.project().id(), workspace.endpoint(branchName).id()));
      String query =
          "select case when c.reltablespace <> 0 then c.reltablespace else d.dattablespace end"
              + " || '/' || case when c.reltablespace = 1664 then 0 else d.oid end"
              + " || '/' || pg_relation_filenode(c.oid)"
              + " from pg_class c, pg_database d where d.datname = current_database()"
              + " and c.oid = :'relation'::regclass";
      ProcessBuilder psql =
          new ProcessBuilder(List.of("psql", "-X", "-A", "-t", "-q", "-v", "relation=" + relation))
              .redirectError(ProcessBuilder.Redirect.INHERIT);
      psql.environment().putAll(PsqlCommand.environment(uri));
      Process process = psql.start();
      try (OutputStream in = process.getOutputStream()) {
        in.write(query.getBytes(StandardCharsets.UTF_8));
      }
      String node =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      int exit = process.waitFor();
      if (exit != 0 || !FILE_NODE.matcher(node).matches()) {
        throw new CliException(
            "cannot find relation " + relation + ": give TABLESPACE/DATABASE/FILENODE instead");
      }
      return node;
    }

    private void printHex(byte[] page) {
      HexFormat hex = HexFormat.ofDelimiter(" ");
      for (int offset = 0; offset < page.length; offset += BYTES_PER_LINE) {
        int end = Math.min(offset + BYTES_PER_LINE, page.length);
        StringBuilder text = new StringBuilder();
        for (int i = offset; i < end; i++) {
          text.append(page[i] >= ' ' && page[i] <= '~' ? (char) page[i] : '.');
        }
        print("%04x  %s  %s".formatted(offset, hex.formatHex(page, offset, end), text));
      }
    }
  }

  /// Where the stack's pageserver answers.
  static final class PageserverAddress {
    private static final int HTTP_PORT_OFFSET = 2;

    private PageserverAddress() {}

    static HttpJsonClient client(dev.argon.cli.stack.StackFile stack) {
      return new HttpJsonClient(new HostPort("127.0.0.1", stack.portBase() + HTTP_PORT_OFFSET));
    }
  }
}
