package dev.cmt.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is written here, and a copy of it that follows while its files are open. */
class RunReplicaTest {
  private static final int BATCHES = 3;
  private static final int ROWS = BATCHES * Batches.ROWS;
  private static final int PIECE = 1000;

  private static final RunReplica.Policy KEEPS_TWO =
      new RunReplica.Policy(2, new Retention(2, true), ROWS);

  @TempDir Path temporary;
  private Original original;
  private SealedSteps sealed;

  /** Writes steps in the order in which a run records them. */
  private static final class Original implements AutoCloseable {
    private final RunLock lock;
    private final RunJournal journal;
    private final StepsLog steps;
    private final ReplayBuffer samples;
    private final CheckpointStore checkpoints;
    private final List<CheckpointRef> recorded = new ArrayList<>();
    private int next;

    Original(Path root, String configHash) throws IOException {
      RunDirectory directory = RunDirectory.create(root);
      lock = RunLock.acquire(directory);
      AtomicFile.write(
          directory.manifest(),
          "{\"config_hash\":\"%s\"}".formatted(configHash).getBytes(StandardCharsets.UTF_8));
      journal = RunJournal.open(lock);
      steps = StepsLog.open(lock);
      samples = ReplayBuffer.open(lock, KEEPS_TWO.samples(), damage -> {});
      checkpoints = new CheckpointStore(directory);
      journal.append(new RunEvent.RunStarted(configHash, 7, 2));
      journal.append(new RunEvent.StepStarted(0, BATCHES));
    }

    RunDirectory directory() {
      return lock.directory();
    }

    void completeSteps(int count) throws IOException {
      for (int i = 0; i < count; i++) {
        completeStep();
      }
    }

    private void completeStep() throws IOException {
      int step = next++;
      for (int batch = 0; batch < BATCHES; batch++) {
        samples.append(Batches.of(step, batch));
      }
      journal.append(new RunEvent.DualSolved(step, 1, 0.5, step, -step));
      journal.append(
          new RunEvent.StepStarted(step + 1, BATCHES)); // while the checkpoint is written
      samples.append(Batches.of(step + 1, 0));
      CheckpointRef checkpoint = checkpoints.write(CheckpointStore.name(step), content(step));
      String line = "{\"step\":%d,\"log_z\":0.25}".formatted(step);
      steps.append(line);
      journal.append(
          new RunEvent.StepCompleted(step, checkpoint.name(), checkpoint.sha256(), line));
      journal.sync();
      recorded.add(checkpoint);
      checkpoints.prune(KEEPS_TWO.checkpoints(), recorded, recorded);
      samples.applyRetention(checkpoints.retentionStep(step + 1), ROWS);
    }

    /** Not a whole number of pieces, and with a hole that is larger than one. */
    private static byte[] content(int step) {
      byte[] content = new byte[7 * PIECE + 123];
      content[0] = (byte) (step + 1);
      content[6 * PIECE + 5] = 77;
      return content;
    }

    @Override
    public void close() throws IOException {
      try (lock;
          journal;
          steps;
          samples) {
        journal.sync();
      }
    }
  }

  @BeforeEach
  void begin() throws IOException {
    original = new Original(temporary.resolve("run"), "hash");
    sealed = new SealedSteps(original.directory());
  }

  @AfterEach
  void close() throws IOException {
    sealed.close();
    original.close();
  }

  private RunReplica open() throws IOException {
    return RunReplica.open(
        temporary.resolve("copy"),
        damage -> {
          throw new AssertionError(damage.toString());
        });
  }

  private SealedSteps.Piece piece(SealedFile file, long offset) throws IOException {
    return sealed.read(file, offset, PIECE);
  }

  private void catchUp(RunReplica replica, RunReplica.Source source) throws IOException {
    for (SealedStep step = next(replica); step != null; step = next(replica)) {
      replica.take(step, step.step() == original.next - 1, KEEPS_TWO, source);
    }
  }

  private SealedStep next(RunReplica replica) throws IOException {
    return sealed.step(replica.next()).orElse(null);
  }

  /**
   * All that a run goes on from is the original's; what belongs to the step at work is not there.
   */
  private void assertWhole(RunDirectory copy, int steps) throws IOException {
    RunDirectory run = original.directory();
    assertThat(copy.manifest()).hasSameBinaryContentAs(run.manifest());
    assertThat(StepsLog.read(copy)).isEqualTo(StepsLog.read(run).subList(0, steps));
    RunJournal.Replay replay = RunJournal.read(copy);
    assertThat(replay.damage()).isEmpty();
    assertThat(RunJournal.completed(replay.events()))
        .isEqualTo(RunJournal.completed(RunJournal.read(run).events()).headMap(steps));
    assertThat(replay.events())
        .doesNotHaveDuplicates()
        .contains(new RunEvent.DualSolved(steps - 1, 1, 0.5, steps - 1, 1 - steps))
        .doesNotContain(new RunEvent.StepStarted(steps, BATCHES));
    CheckpointStore store = new CheckpointStore(copy);
    assertThat(store.names()).hasSize(Math.min(steps, 2));
    for (String name : store.names()) {
      assertThat(store.path(name)).hasBinaryContent(Original.content(CheckpointStore.step(name)));
      assertThat(store.intact(name, List.of())).as("its own digest").isPresent();
    }
    assertThat(RecordedSamples.steps(copy)).containsExactly(steps - 1);
    List<SampleBatch> batches = new ArrayList<>();
    assertThat(RecordedSamples.read(copy, steps - 1, batches::add)).isEmpty();
    assertThat(batches).hasSize(BATCHES);
    for (SampleBatch batch : batches) {
      assertThat(bytes(batch)).isEqualTo(bytes(Batches.of(steps - 1, batch.batch())));
    }
    assertThat(StepLedger.steps(copy)).isEqualTo(StepLedger.steps(run));
    for (int step : StepLedger.steps(copy)) {
      assertThat(StepLedger.file(copy, step)).hasSameBinaryContentAs(StepLedger.file(run, step));
    }
  }

  private static byte[] bytes(SampleBatch batch) {
    ByteBuffer target = ByteBuffer.allocate((int) batch.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    batch.write(target);
    return target.array();
  }

  @Test
  void aCopyFollowsStepByStep() throws IOException {
    try (RunReplica replica = open()) {
      assertThat(next(replica)).isNull();
      for (int step = 0; step < 5; step++) {
        original.completeSteps(1);
        catchUp(replica, this::piece);
        assertThat(replica.completedSteps()).isEqualTo(step + 1);
        assertWhole(replica.directory(), step + 1);
      }
    }
  }

  @Test
  void aCopyThatComesLateCatchesUpWithWhatIsThere() throws IOException {
    original.completeSteps(6);
    List<Integer> completed = new ArrayList<>();
    try (RunReplica replica = open()) {
      for (int step = 0; step < 6; step++) {
        replica.take(sealed.step(step).orElseThrow(), step == 5, KEEPS_TWO, this::piece);
        completed.add(replica.completedSteps());
      }
      assertThat(completed)
          .as("early steps have no checkpoint any more, the fifth none before it")
          .containsExactly(0, 0, 0, 0, 0, 6);
      assertWhole(replica.directory(), 6);
    }
  }

  @Test
  void largeHolesDoNotTravel() throws IOException {
    original.completeSteps(1);
    long[] travelled = new long[1];
    try (RunReplica replica = open()) {
      catchUp(
          replica,
          (file, offset) -> {
            SealedSteps.Piece piece = piece(file, offset);
            travelled[0] += piece.bytes().length;
            return piece;
          });
      Path queue = new SealedFile(SealedFile.Kind.SAMPLES, 0, 0, "").in(replica.directory());
      assertThat(Files.size(queue)).isGreaterThan(60L << 20);
    }
    assertThat(travelled[0]).isLessThan(1 << 20);
  }

  /** Dies after a few pieces, then after a few more: what is there is enough to go on with. */
  @Test
  void aCopyThatDiesAnywhereGoesOnAndAsksOnlyForWhatIsMissing() throws IOException {
    original.completeSteps(3);
    Set<SealedFile> begunAgain = new HashSet<>();
    int deaths = 0;
    while (true) {
      int[] left = {2 * deaths};
      try (RunReplica replica = open()) {
        begunAgain.clear();
        catchUp(
            replica,
            (file, offset) -> {
              if (offset == 0) {
                begunAgain.add(file);
              }
              if (left[0]-- == 0) {
                throw new IOException("dies here");
              }
              return piece(file, offset);
            });
        assertWhole(replica.directory(), 3);
        break;
      } catch (IOException e) {
        assertThat(e).hasMessage("dies here");
        deaths++;
      }
      assertThat(deaths).isLessThan(100);
    }
    assertThat(deaths).isGreaterThan(3);
    assertThat(begunAgain).as("of six files most had come before").hasSizeLessThan(3);
  }

  @Test
  void aStepThatIsGivenUpWhileItIsCopiedComesWhole() throws IOException {
    original.completeSteps(1);
    try (RunReplica replica = open()) {
      SealedStep first = sealed.step(0).orElseThrow();
      original.completeSteps(3);
      assertThat(original.checkpoints.names()).doesNotContain(CheckpointStore.name(0));
      assertThat(RecordedSamples.steps(original.directory())).doesNotContain(0);
      replica.take(first, true, KEEPS_TWO, this::piece);
      assertThat(replica.completedSteps()).isEqualTo(1);
      CheckpointStore copied = new CheckpointStore(replica.directory());
      assertThat(copied.path(CheckpointStore.name(0))).hasBinaryContent(Original.content(0));
      assertThat(RecordedSamples.steps(replica.directory())).containsExactly(0);
      catchUp(replica, this::piece);
      assertWhole(replica.directory(), 4);
    }
  }

  @Test
  void whatWasGivenUpBeforeItIsAskedForIsNotOffered() throws IOException {
    original.completeSteps(4);
    assertThat(sealed.step(0).orElseThrow().files())
        .extracting(SealedFile::kind)
        .containsExactly(SealedFile.Kind.MANIFEST, SealedFile.Kind.LEDGER);
    SealedFile ledger = file(sealed.step(0).orElseThrow(), SealedFile.Kind.LEDGER);
    assertThat(sealed.step(1)).isPresent();
    assertThatThrownBy(() -> piece(ledger, 0))
        .isInstanceOf(GoneException.class)
        .hasMessageContaining("the ledger of step 0 was not offered last");
  }

  private static SealedFile file(SealedStep step, SealedFile.Kind kind) {
    return step.files().stream().filter(file -> file.kind() == kind).findFirst().orElseThrow();
  }

  @Test
  void aCheckpointWithAnotherDigestIsNotTaken() throws IOException {
    original.completeSteps(1);
    SealedStep step = sealed.step(0).orElseThrow();
    try (RunReplica replica = open()) {
      assertThatThrownBy(
              () ->
                  replica.take(
                      step,
                      true,
                      KEEPS_TWO,
                      (file, offset) -> {
                        SealedSteps.Piece piece = piece(file, offset);
                        if (file.kind() == SealedFile.Kind.CHECKPOINT && offset == 0) {
                          piece.bytes()[3] ^= 1;
                        }
                        return piece;
                      }))
          .isInstanceOf(GoneException.class)
          .hasMessageContaining("SHA-256");
      assertThat(replica.completedSteps()).isZero();
      assertThat(new CheckpointStore(replica.directory()).names()).isEmpty();
      catchUp(replica, this::piece);
      assertWhole(replica.directory(), 1);
    }
  }

  @Test
  void aPieceThatWasNotAskedForIsRefused() throws IOException {
    original.completeSteps(1);
    SealedStep step = sealed.step(0).orElseThrow();
    try (RunReplica replica = open()) {
      assertThatThrownBy(
              () ->
                  replica.take(
                      step,
                      true,
                      KEEPS_TWO,
                      (file, offset) -> new SealedSteps.Piece(file.bytes(), new byte[] {1})))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("A piece of run.json lies at bytes");
    }
  }

  @Test
  void theCopyOfAnotherRunIsLeftAlone() throws IOException {
    original.completeSteps(1);
    try (RunReplica replica = open()) {
      catchUp(replica, this::piece);
    }
    try (Original other = new Original(temporary.resolve("other"), "other-hash");
        SealedSteps others = new SealedSteps(other.directory());
        RunReplica replica = open()) {
      other.completeSteps(2);
      assertThatThrownBy(
              () ->
                  replica.take(
                      others.step(1).orElseThrow(),
                      true,
                      KEEPS_TWO,
                      (file, offset) -> others.read(file, offset, PIECE)))
          .hasMessageContaining("holds another run (config hash hash)", "other-hash");
      assertWhole(replica.directory(), 1);
    }
  }

  /** A head's own directory becomes a copy: what it has of the step at work is replaced. */
  @Test
  void aDirectoryThatWasAnOriginalGoesOnAsACopy() throws IOException {
    Path copy = temporary.resolve("copy");
    try (Original head = new Original(copy, "hash")) {
      head.completeSteps(2);
    }
    original.completeSteps(4);
    try (RunReplica replica = open()) {
      assertThat(replica.completedSteps()).isEqualTo(2);
      catchUp(replica, this::piece);
      assertThat(replica.completedSteps()).isEqualTo(4);
      assertThat(RecordedSamples.steps(replica.directory())).containsExactly(3);
      assertThat(StepsLog.read(replica.directory())).isEqualTo(StepsLog.read(original.directory()));
    }
  }

  @Test
  void aDamagedCheckpointOfTheCopyIsFetchedAgain() throws IOException {
    original.completeSteps(2);
    try (RunReplica replica = open()) {
      catchUp(replica, this::piece);
      Files.writeString(
          new CheckpointStore(replica.directory()).path(CheckpointStore.name(1)), "damaged");
    }
    try (RunReplica replica = open()) {
      assertThat(replica.next()).isEqualTo(1);
      assertThat(StepsLog.read(replica.directory())).hasSize(1);
      catchUp(replica, this::piece);
      CheckpointStore store = new CheckpointStore(replica.directory());
      assertThat(store.intact(CheckpointStore.name(1), List.of())).isPresent();
      assertThat(StepsLog.read(replica.directory())).hasSize(2);
    }
  }

  @Test
  void nobodyElseWritesWhereACopyIsMade() throws IOException {
    try (RunReplica replica = open()) {
      assertThat(replica.next()).isZero();
      assertThatThrownBy(this::open).isInstanceOf(RunLockedException.class);
    }
  }
}
