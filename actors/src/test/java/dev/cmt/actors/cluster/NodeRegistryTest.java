package dev.cmt.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NodeRegistryTest {
  private final NodeRegistry registry = new NodeRegistry();

  @Test
  void onlyTheLatestRefusalsAreRemembered() {
    for (int i = 0; i < 30; i++) {
      registry.turnedAway("process " + i, "its build is another");
    }
    assertThat(registry.refused()).isEqualTo(30);
    assertThat(registry.refusals()).hasSize(20).last().extracting("name").isEqualTo("process 29");
  }
}
