package dev.argon.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// The launcher goes on without a cache if the training run fails, so that is to be seen here.
class PageTrainingTest {

  @Test
  void fetchesItsPages() throws Exception {
    assertThat(PageTraining.run()).isEqualTo(2L * 1024 * PageTraining.ROUNDS);
  }
}
