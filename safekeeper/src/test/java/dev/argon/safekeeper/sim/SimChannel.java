package dev.argon.safekeeper.sim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/// An open file of a [SimDisk]: what the storage uses of a channel.
final class SimChannel extends FileChannel {

  private final SimDisk disk;
  private final SimFile file;
  private long position;

  SimChannel(SimDisk disk, SimFile file) {
    this.disk = disk;
    this.file = file;
  }

  @Override
  public int read(ByteBuffer into, long offset) {
    byte[] bytes = new byte[into.remaining()];
    int count = file.read((int) offset, bytes, 0, bytes.length);
    if (count > 0) {
      into.put(bytes, 0, count);
    }
    return count;
  }

  @Override
  public int read(ByteBuffer into) {
    int count = read(into, position);
    position += Math.max(0, count);
    return count;
  }

  @Override
  public int write(ByteBuffer from, long offset) throws IOException {
    byte[] bytes = new byte[from.remaining()];
    from.get(from.position(), bytes);
    disk.write(file, (int) offset, bytes);
    from.position(from.limit());
    return bytes.length;
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    int count = write(from, position);
    position += count;
    return count;
  }

  @Override
  public void force(boolean metaData) throws IOException {
    disk.sync(file);
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public FileChannel position(long newPosition) {
    position = newPosition;
    return this;
  }

  @Override
  public long size() {
    return file.size();
  }

  @Override
  protected void implCloseChannel() {}

  private static UnsupportedOperationException unused() {
    return new UnsupportedOperationException("the storage of a timeline does not need it");
  }

  @Override
  public FileChannel truncate(long size) {
    throw unused();
  }

  @Override
  public long read(ByteBuffer[] into, int offset, int length) {
    throw unused();
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) {
    throw unused();
  }

  @Override
  public long transferTo(long from, long count, WritableByteChannel target) {
    throw unused();
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long to, long count) {
    throw unused();
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long from, long count) {
    throw unused();
  }

  @Override
  public FileLock lock(long from, long count, boolean shared) {
    throw unused();
  }

  @Override
  public FileLock tryLock(long from, long count, boolean shared) {
    throw unused();
  }
}
