package dev.argon.compute.communicator;

import dev.argon.pageservice.PageRequest;
import dev.argon.postgres.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Remembers what a page service was asked for.
final class AskedPages implements FakePageService.Pages {

  private final FakePageService.Pages pages;
  private final List<PageRequest.Page> asked = new CopyOnWriteArrayList<>();

  AskedPages(FakePageService.Pages pages) {
    this.pages = pages;
  }

  @Override
  public void read(PageRequest.Page request, ByteBuffer target)
      throws IOException,
          CorruptDataException,
          InterruptedException,
          FakePageService.RefusedException {
    asked.add(request);
    pages.read(request, target);
  }

  List<PageRequest.Page> all() {
    return List.copyOf(asked);
  }

  /// How often a block of a relation's main fork was asked for.
  long count(int file, int block) {
    return asked.stream()
        .filter(
            page -> page.relation().relNode() == file && page.fork() == 0 && page.block() == block)
        .count();
  }

  long count(int file) {
    return asked.stream().filter(page -> page.relation().relNode() == file).count();
  }
}
