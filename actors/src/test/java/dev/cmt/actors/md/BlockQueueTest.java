package dev.cmt.actors.md;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class BlockQueueTest {
  @Test
  void givesTheBlockThatIsFurthestBehind() {
    BlockQueue queue = new BlockQueue(new long[] {20, 0, 10, 30}, 30);

    assertThat(queue.take()).hasValue(1);
    assertThat(queue.take()).hasValue(2);
    queue.give(1, 10);
    assertThat(queue.take()).hasValue(1);
    assertThat(queue.take()).hasValue(0);
    assertThat(queue.take()).isEqualTo(OptionalInt.empty());
    assertThat(queue.isFinished()).isFalse();

    queue.give(0, 30);
    queue.give(1, 30);
    assertThat(queue.isAnyTaken()).isTrue();
    queue.give(2, 30);

    assertThat(queue.isAnyTaken()).isFalse();
    assertThat(queue.isFinished()).isTrue();
    assertThat(queue.take()).isEmpty();
    assertThatThrownBy(() -> queue.give(2, 40)).hasMessageContaining("Block 2 was not taken");
  }
}
