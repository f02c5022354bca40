package dev.argon.postgres;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Numbers in byte arrays as x86-64 and arm64 servers store them, at any alignment. The caller has
/// checked the bounds.
public final class LittleEndian {

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private LittleEndian() {}

  public static int unsignedByte(byte[] bytes, int offset) {
    return bytes[offset] & 0xFF;
  }

  public static int unsignedShort(byte[] bytes, int offset) {
    return (short) SHORT.get(bytes, offset) & 0xFFFF;
  }

  public static int readInt(byte[] bytes, int offset) {
    return (int) INT.get(bytes, offset);
  }

  public static long unsignedInt(byte[] bytes, int offset) {
    return (int) INT.get(bytes, offset) & 0xFFFF_FFFFL;
  }

  public static long readLong(byte[] bytes, int offset) {
    return (long) LONG.get(bytes, offset);
  }

  public static void writeShort(byte[] bytes, int offset, int value) {
    SHORT.set(bytes, offset, (short) value);
  }

  public static void writeInt(byte[] bytes, int offset, int value) {
    INT.set(bytes, offset, value);
  }

  public static void writeLong(byte[] bytes, int offset, long value) {
    LONG.set(bytes, offset, value);
  }
}
