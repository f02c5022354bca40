package dev.argon.postgres.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/// Ports that nobody listens on now. Chosen below the range from which Linux takes ports for
/// outgoing connections (32768 and up), so that no client gets in the way later.
///
/// A block is given out once in this process, until all have had their turn: between the choice and
/// the `bind` a port looks free to the next who asks. Processes begin at a place of their own.
public final class FreePorts {

  private static final int FIRST = 11_000;
  private static final int BLOCK = 100;
  private static final int BLOCKS = 210;

  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(BLOCKS));

  private FreePorts() {}

  /// The first of `count` ports in a row, 100 at most, that are free on loopback.
  public static int block(int count) {
    for (int attempt = 0; attempt < BLOCKS; attempt++) {
      int base = FIRST + Math.floorMod(NEXT.getAndIncrement(), BLOCKS) * BLOCK;
      if (areFree(base, count)) {
        return base;
      }
    }
    throw new AssertionError("no " + count + " free ports in a row");
  }

  private static boolean areFree(int base, int count) {
    for (int port = base; port < base + count; port++) {
      if (!isFree(port)) {
        return false;
      }
    }
    return true;
  }

  public static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
