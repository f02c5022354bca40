package dev.argon.node;

/// An HTTP answer as it came.
@SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
record HttpMessage(int status, byte[] body) {}
