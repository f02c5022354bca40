package dev.argon.pgwire.jmh;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// Runs all benchmarks of this package, or those whose name has the argument in it, and shows the
/// processor time they take and what they allocate.
public final class BenchmarkMain {

  private BenchmarkMain() {}

  public static void main(String[] arguments) throws RunnerException {
    var options =
        new OptionsBuilder()
            .include(arguments.length == 0 ? "dev.argon.pgwire.jmh" : arguments[0])
            .addProfiler(GCProfiler.class)
            .addProfiler(ProcessorTimeProfiler.class)
            .jvmArgsAppend("--enable-native-access=ALL-UNNAMED", "-XX:+UseCompactObjectHeaders");
    new Runner(options.build()).run();
  }
}
