package dev.argon.redo;

import dev.argon.redo.effect.EffectSink;
import java.lang.reflect.Proxy;

/// A sink that drops everything, for tests that look only at what decoding does.
final class NoEffects {

  private NoEffects() {}

  static EffectSink sink() {
    return (EffectSink)
        Proxy.newProxyInstance(
            NoEffects.class.getClassLoader(), new Class<?>[] {EffectSink.class}, (_, _, _) -> null);
  }
}
