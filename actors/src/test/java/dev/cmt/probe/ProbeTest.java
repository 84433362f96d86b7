package dev.cmt.probe;

import org.junit.jupiter.api.Test;

class ProbeTest {
  @Test
  void runs() {}
}
