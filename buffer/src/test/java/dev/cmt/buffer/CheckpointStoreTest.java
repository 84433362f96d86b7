package dev.cmt.buffer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  @TempDir Path temporary;
  private CheckpointStore store;

  @BeforeEach
  void create() throws IOException {
    store = new CheckpointStore(RunDirectory.create(temporary.resolve("run")));
  }

  @Test
  void whatIsWrittenIsReadAndItsDigestIsTheOneOthersCompute() throws IOException {
    CheckpointRef written = store.write(CheckpointStore.name(12), "abc".getBytes(UTF_8));
    assertThat(written.name()).isEqualTo("step-000012.safetensors");
    // FIPS 180-2, appendix B.1
    assertThat(written.sha256())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(store.read(written)).isEqualTo("abc".getBytes(UTF_8));
    assertThat(store.path(written.name())).hasContent("abc");
    assertThat(digest(written.name()))
        .hasContent(written.sha256() + "  step-000012.safetensors\n"); // as sha256sum -c reads it
  }

  @Test
  void aChangedCheckpointIsRefusedAndTheOneBeforeIsTheLatestValid() throws IOException {
    List<CheckpointRef> recorded = writeSteps(3);
    assertThat(store.newestStep(recorded)).contains(recorded.get(2));
    Files.writeString(store.path(recorded.get(2).name()), "changed");
    assertThatThrownBy(() -> store.read(recorded.get(2)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("step-000002.safetensors")
        .hasMessageContaining("the journal recorded " + recorded.get(2).sha256());
    assertThat(store.newestStep(recorded)).contains(recorded.get(1));
    Files.delete(store.path(recorded.get(1).name()));
    assertThat(store.newestStep(recorded)).contains(recorded.get(0));
    Files.delete(store.path(recorded.get(0).name()));
    assertThat(store.newestStep(recorded)).isEmpty();
  }

  @Test
  void aCheckpointCountsForItsOwnDigestOrForTheJournals() throws IOException {
    CheckpointRef step = writeSteps(1).get(0);
    assertThat(store.intact(step.name(), List.of())).contains(step);
    Files.writeString(digest(step.name()), "damaged");
    assertThat(store.intact(step.name(), List.of())).isEmpty();
    assertThat(store.intact(step.name(), List.of(step))).contains(step);
    Files.delete(digest(step.name()));
    assertThat(store.intact(step.name(), List.of())).isEmpty();
    assertThat(store.intact(step.name(), List.of(step))).contains(step);
    assertThat(store.intact(CheckpointStore.name(1), List.of(step))).isEmpty();
  }

  @Test
  void theNewestIsTheOneThatHasSeenMost() throws IOException {
    for (String name :
        List.of(
            CheckpointStore.name(2),
            CheckpointStore.fitName(3, 100),
            CheckpointStore.fitName(2, 700),
            CheckpointStore.name(1_000_000),
            CheckpointStore.fitName(3, 100_000_000))) {
      store.write(name, new byte[] {1});
    }
    assertThat(store.newestFirst())
        .containsExactly(
            "step-1000000.safetensors",
            "step-000003-fit-100000000.safetensors",
            "step-000003-fit-00000100.safetensors",
            "step-000002.safetensors",
            "step-000002-fit-00000700.safetensors");
  }

  @Test
  void pruningKeepsTheNewestThatAreIntact() throws IOException {
    List<CheckpointRef> recorded = writeSteps(6);
    store.write(CheckpointStore.name(1_000_000), new byte[] {1});
    Files.delete(digest(CheckpointStore.name(1_000_000))); // its run died in between
    Files.writeString(store.path(recorded.get(5).name()), "changed");
    Files.writeString(store.path(recorded.get(3).name()), "changed");

    assertThat(store.prune(2, recorded, List.of()))
        .containsExactly(CheckpointStore.name(3), CheckpointStore.name(1), CheckpointStore.name(0));
    assertThat(digest(CheckpointStore.name(0))).doesNotExist();
    assertThat(store.names())
        .as("with the damaged ones that are newer, which somebody may be writing")
        .containsExactly(
            CheckpointStore.name(2),
            CheckpointStore.name(4),
            CheckpointStore.name(5),
            "step-1000000.safetensors");
    assertThat(store.newestStep(recorded)).contains(recorded.get(4));
    assertThat(store.prune(2, recorded, List.of())).isEmpty();
    Files.writeString(store.path(recorded.get(4).name()), "changed");
    Files.writeString(store.path(recorded.get(2).name()), "changed");
    assertThat(store.prune(1, recorded, List.of())).as("none is intact").isEmpty();
    assertThatThrownBy(() -> store.prune(0, recorded, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keep (0)");
  }

  @Test
  void whatTheCallerWroteIsNotReadAgain() throws IOException {
    List<CheckpointRef> recorded = writeSteps(3);
    Files.writeString(store.path(recorded.get(2).name()), "changed");
    assertThat(store.prune(1, recorded, recorded.subList(2, 3)))
        .containsExactly(CheckpointStore.name(1), CheckpointStore.name(0));
  }

  @Test
  void checkpointsOfFitsAreNotStepsAndAllButOneCanGo() throws IOException {
    List<CheckpointRef> recorded = writeSteps(2);
    for (int gradientStep : new int[] {5, 10, 200_000_000}) {
      store.write(CheckpointStore.fitName(2, gradientStep), new byte[] {2});
    }
    assertThat(store.names()).hasSize(2);
    assertThat(store.prune(1, recorded, List.of())).containsExactly(CheckpointStore.name(0));
    assertThat(store.newestStep(recorded)).contains(recorded.get(1));
    assertThat(store.pruneFits("step-000002-fit-00000010.safetensors")).isEqualTo(2);
    assertThat(store.newestFirst())
        .containsExactly("step-000002-fit-00000010.safetensors", CheckpointStore.name(1));
    assertThat(store.pruneFits(null)).isEqualTo(1);
    assertThat(digest("step-000002-fit-00000010.safetensors")).doesNotExist();
    assertThat(store.newestFirst()).containsExactly(CheckpointStore.name(1));
  }

  /** The writer of checkpoints may be ahead of whoever makes room. */
  @Test
  void checkpointsOfFitsThatAreFurtherStay() throws IOException {
    for (String name :
        List.of(
            CheckpointStore.fitName(1, 20),
            CheckpointStore.fitName(2, 10),
            CheckpointStore.fitName(2, 20),
            CheckpointStore.fitName(3, 10))) {
      store.write(name, new byte[] {1});
    }
    assertThat(store.pruneFitsBefore(CheckpointStore.fitName(2, 20))).isEqualTo(2);
    assertThat(store.newestFirst())
        .containsExactly(CheckpointStore.fitName(3, 10), CheckpointStore.fitName(2, 20));
    assertThat(store.pruneFitsBefore(CheckpointStore.name(2))).isEqualTo(1);
    assertThat(store.newestFirst()).containsExactly(CheckpointStore.fitName(3, 10));
  }

  @Test
  void namesThatLeaveTheDirectoryAreRefused() {
    assertThatThrownBy(() -> store.path("../run.json"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("../run.json");
  }

  private Path digest(String name) {
    return store.path(name).resolveSibling(name + ".sha256");
  }

  private List<CheckpointRef> writeSteps(int count) throws IOException {
    List<CheckpointRef> recorded = new ArrayList<>();
    for (int step = 0; step < count; step++) {
      recorded.add(store.write(CheckpointStore.name(step), ("checkpoint " + step).getBytes(UTF_8)));
    }
    return recorded;
  }
}
