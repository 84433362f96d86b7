package dev.cmt.actors.audit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.actors.audit.AuditFinding.Verdict;
import dev.cmt.actors.run.RunResult;
import dev.cmt.buffer.CheckpointStore;
import dev.cmt.buffer.RecordedSamples;
import dev.cmt.buffer.ReplayBuffer;
import dev.cmt.buffer.Retention;
import dev.cmt.buffer.RunDirectory;
import dev.cmt.buffer.RunLock;
import dev.cmt.buffer.SampleBatch;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunAuditTest {
  private static final long SEED = 3;

  @TempDir private Path temporary;
  private Path run;

  @BeforeEach
  void copy() {
    run = TinyRun.copyTo(temporary.resolve("run"));
  }

  private AuditReport audit() throws IOException {
    return audit(1);
  }

  private AuditReport audit(double fraction) throws IOException {
    return RunAudit.make(run, fraction, SEED, (subject, done, total) -> {});
  }

  /** The only damage there is. */
  private AuditFinding damage() throws IOException {
    List<AuditFinding> damaged = with(audit(), Verdict.DAMAGED);
    assertThat(damaged).hasSize(1);
    assertThat(damaged.get(0).meaning()).isNotBlank();
    return damaged.get(0);
  }

  private static List<AuditFinding> with(AuditReport report, Verdict verdict) {
    return report.findings().stream().filter(f -> f.verdict() == verdict).toList();
  }

  @Test
  void aFinishedRunIsSoundAndStaysAsItIs() throws IOException {
    Map<String, String> before = state();
    List<Long> progress = new ArrayList<>();
    AuditReport report =
        RunAudit.make(
            run,
            1,
            SEED,
            (subject, done, total) -> {
              assertThat(done).isBetween(0L, total);
              progress.add(done);
            });
    assertThat(state()).isEqualTo(before);
    assertThat(report.findings())
        .allSatisfy(finding -> assertThat(finding.verdict()).isEqualTo(Verdict.SOUND));
    assertThat(report.findings().stream().map(AuditFinding::subject))
        .containsExactly(
            "run.json",
            "journal/events",
            "steps.jsonl",
            "checkpoints",
            "samples",
            "energies",
            "log q",
            "ledger",
            "summary.json",
            "evaluation.json");
    assertThat(report.owner()).isEmpty();
    assertThat(report.completedSteps()).isEqualTo(TinyRun.STEPS);
    assertThat(progress).isSorted().contains(2L * TinyRun.ROWS / TinyRun.BATCH_ROWS);
    String rows = 2 * TinyRun.ROWS + " rows";
    assertThat(found(report, "samples")).contains("steps 2–3", rows);
    assertThat(found(report, "energies")).contains(rows, "log p̃ equal to the bit");
    assertThat(found(report, "log q")).contains(rows, "steps 2–3");
    assertThat(found(report, "ledger")).contains("steps 0–1");
  }

  /** A GPU's products in TF32 move log q by more than an engine in float32 could explain. */
  @Test
  void doesNotJudgeDensitiesOfAnEngineThatRoundsOtherwise() throws IOException {
    Path manifest = run.resolve("run.json");
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replaceFirst(
                "\"flow_engine\" : \"[^\"]*\"",
                "$0, \"later_flow_engines\" : [\"cuda gpu:0 (H), float32, matrix product cublaslt tf32\"]"));
    AuditReport report = audit();
    assertThat(report.count(Verdict.LACKING)).isEqualTo(1);
    assertThat(found(report, "log q"))
        .contains("not checked", "cublaslt tf32; the engine here, native")
        .endsWith("rounds matrix products otherwise");
  }

  @Test
  void aShareOfTheRowsIsComputedAgain() throws IOException {
    // Blocks of 16 of 64: one of four in each of ten batches.
    assertThat(found(audit(0.01), "energies")).startsWith("160 rows");
    assertThat(found(audit(0.5), "energies")).startsWith("320 rows");
    AuditReport none = audit(0);
    assertThat(none.count(Verdict.UNCHECKED)).isEqualTo(2);
    assertThatThrownBy(() -> audit(1.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1.5");
  }

  @Test
  void aFlippedBitInTheJournalIsNamedWithItsPlace() throws IOException {
    Path queue = queue("events");
    long at = flip(queue, "step-completed".getBytes(ISO_8859_1), 0);
    AuditFinding damage = damage();
    assertThat(damage.subject()).isEqualTo("journal/events");
    assertThat(damage.found()).contains("CRC32C", queue.getFileName().toString());
    assertThat(place(damage)).isBetween(at - 64, at);
    assertThat(damage.meaning()).contains("train sets the record aside");
    // What followed from the record: the journal no longer completes step 0.
    assertThat(with(audit(), Verdict.NOTE).get(0).found()).contains("one completes step 1");
  }

  @Test
  void aFlippedBitInASampleIsNamedWithItsPlace() throws IOException {
    float[][] u = new float[1][];
    RecordedSamples.read(
        new RunDirectory(run), 2, batch -> u[0] = batch.batch() == 1 ? batch.u() : u[0]);
    byte[] needle =
        ByteBuffer.allocate(8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putFloat(u[0][10])
            .putFloat(u[0][11])
            .array();
    long at = flip(queue("step-000002"), needle, 1);
    List<AuditFinding> damaged = with(audit(), Verdict.DAMAGED);
    assertThat(damaged).hasSize(2);
    assertThat(damaged.get(0).found()).contains("CRC32C", "step-000002");
    assertThat(place(damaged.get(0))).isBetween(at - 100, at);
    assertThat(damaged.get(1).found()).contains("1 of 5 batches are missing", "batch 1");
    assertThat(damaged.get(1).meaning()).contains("does not need them");
  }

  @Test
  void aCheckpointWithAnotherHashIsNamed() throws IOException {
    Path checkpoint = run.resolve("checkpoints/step-000001.safetensors");
    overwrite(checkpoint, Files.size(checkpoint) - 5, (byte) 0x55);
    AuditFinding damage = damage();
    assertThat(damage.found()).contains(checkpoint.toString(), "SHA-256");
    assertThat(damage.meaning()).isEqualTo("train goes on from step-000002.safetensors.");
    // Step 2 was drawn from it.
    assertThat(found(audit(), "log q")).contains("steps 3", "checkpoints of steps 2 are gone");

    overwrite(run.resolve("checkpoints/step-000002.safetensors"), 900, (byte) 0x55);
    assertThat(with(audit(), Verdict.DAMAGED).stream().map(AuditFinding::meaning))
        .containsExactly(
            "There is no other one that is intact: train begins the run again.",
            "There is no other one that is intact: train begins the run again.");
  }

  @Test
  void aStepWhoseWordIsLostLeavesTheRestSound() throws IOException {
    byte[] needle = "step-completed".getBytes(ISO_8859_1);
    Path queue = queue("events");
    String content = new String(Files.readAllBytes(queue), ISO_8859_1);
    int last = content.lastIndexOf(new String(needle, ISO_8859_1));
    overwrite(queue, last, (byte) 'x');
    assertThat(damage().subject()).isEqualTo("journal/events");
    assertThat(audit().completedSteps()).isEqualTo(TinyRun.STEPS);
    assertThat(with(audit(), Verdict.NOTE).stream().map(AuditFinding::found))
        .singleElement()
        .asString()
        .contains("step-000002.safetensors: no event names it, its own digest is right");

    // Its checkpoint, too.
    overwrite(run.resolve("checkpoints/step-000002.safetensors"), 900, (byte) 0x55);
    assertThat(with(audit(), Verdict.NOTE).stream().map(AuditFinding::meaning))
        .anyMatch(meaning -> meaning.contains("or the file was damaged since"));
  }

  @Test
  void fitsThatTheJournalDoesNotNameAreNoted() throws IOException {
    CheckpointStore store = new CheckpointStore(new RunDirectory(run));
    String older = store.write(CheckpointStore.fitName(1, 10), new byte[] {1}).name();
    assertThat(with(audit(), Verdict.NOTE).get(0).meaning()).contains("removes it");
    Files.delete(store.path(older));
    String newer = store.write(CheckpointStore.fitName(3, 10), new byte[] {1}).name();
    AuditFinding note = with(audit(), Verdict.NOTE).get(0);
    assertThat(note.found()).contains(newer);
    assertThat(note.meaning()).contains("train names it again and goes on from it");
  }

  @Test
  void aJournalThatIsGoneCostsNothingAndIsNoted() throws IOException {
    deleteTree(run.resolve("journal/events"));
    AuditReport report = audit();
    assertThat(report.count(Verdict.DAMAGED)).isZero();
    assertThat(report.completedSteps()).isEqualTo(TinyRun.STEPS);
    assertThat(with(report, Verdict.NOTE).stream().map(AuditFinding::found))
        .anyMatch(found -> found.equals("no events"))
        .anyMatch(found -> found.contains("step-000002.safetensors: no event names it, its own"));
    assertThat(found(report, "log q")).contains("steps 2–3");
  }

  @Test
  void aDigestBesideACheckpointIsCompared() throws IOException {
    Path digest = run.resolve("checkpoints/step-000001.safetensors.sha256");
    overwrite(digest, 0, (byte) 'x');
    assertThat(with(audit(), Verdict.NOTE).get(0).found())
        .contains("step-000001.safetensors.sha256 is missing or of another file");
  }

  @Test
  void aCheckpointThatIsGoneIsMissed() throws IOException {
    Files.delete(run.resolve("checkpoints/step-000001.safetensors"));
    assertThat(damage().found()).contains("step-000001.safetensors is missing");
    Files.writeString(run.resolve("checkpoints/step-000007.safetensors"), "no flow");
    assertThat(with(audit(), Verdict.NOTE).get(0).found()).contains("no event names it");
  }

  @Test
  void stepsJsonlMustSayWhatTheJournalSays() throws IOException {
    Path file = run.resolve("steps.jsonl");
    String whole = Files.readString(file);
    List<String> lines = whole.lines().toList();

    Files.writeString(file, whole.replace("\"step\":1,\"lambda\":", "\"step\":1,\"lambda\":1"));
    int second = lines.get(0).length() + 1;
    assertThat(damage().found())
        .contains("byte %d (line 2)".formatted(second), "another line than the journal");

    Files.writeString(file, lines.get(0) + "\n" + lines.get(2) + "\n");
    assertThat(with(audit(), Verdict.DAMAGED).stream().map(AuditFinding::found))
        .anyMatch(found -> found.contains("step 2 where step 1 must be"))
        .anyMatch(found -> found.contains("has 2 lines, the journal confirms 3"));

    Files.writeString(file, whole + lines.get(2).replace("\"step\":2", "\"step\":3") + "\n");
    AuditFinding note = with(audit(), Verdict.NOTE).get(0);
    assertThat(note.found()).contains("does not confirm step 3");
    assertThat(note.meaning()).contains("train drops the line");

    Files.writeString(file, whole + "{\"step\":3,");
    assertThat(with(audit(), Verdict.NOTE).get(0).found())
        .contains("byte %d".formatted(whole.length()), "without its end");

    Files.writeString(file, whole + "nonsense\n".repeat(2));
    assertThat(damage().found()).contains("line 5", "the journal does not know");
  }

  @Test
  void aChangedConfigDoesNotMatchItsHash() throws IOException {
    Path manifest = run.resolve("run.json");
    String whole = Files.readString(manifest);
    Files.writeString(manifest, whole.replace("\"eps_tr\" : 0.3", "\"eps_tr\" : 0.4"));
    assertThat(damage().found()).contains("config_hash", "was changed");

    Files.writeString(
        manifest, whole.replace("\"seed\" : 11,\n  \"flow", "\"seed\" : 12,\n  \"flow"));
    assertThat(damage().found()).contains("seed 12", "its config says 2", "11");

    // A config from before a key existed has another hash, and that is no fault.
    Files.writeString(
        manifest,
        whole
            .replaceAll("\"control_variate\" : true", "")
            .replaceAll("\"warmup_steps\" : 5,", "\"warmup_steps\" : 5")
            .replaceAll("\"config_hash\" : \"..", "\"config_hash\" : \"zz"));
    assertThat(with(audit(), Verdict.NOTE).get(0).found()).contains("other keys");
  }

  @Test
  void withoutAManifestThatParsesTheRestIsCheckedAsFarAsItGoes() throws IOException {
    Path manifest = run.resolve("run.json");
    Files.writeString(manifest, Files.readString(manifest).substring(0, 400));
    AuditReport report = audit();
    assertThat(with(report, Verdict.DAMAGED)).hasSize(1);
    assertThat(found(report, "run.json")).contains("run.json, byte ", "not JSON");
    assertThat(found(report, "journal/events")).contains("events, CRC32C of all right");
    assertThat(found(report, "samples")).contains("CRC32C of all records right");
    assertThat(report.count(Verdict.UNCHECKED)).isEqualTo(5);
    Files.delete(manifest);
    assertThatThrownBy(this::audit)
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("run.json");
  }

  @Test
  void queuesThatRetentionKeepsAreMissed() throws IOException {
    deleteTree(run.resolve("journal/step-000002"));
    AuditFinding damage = damage();
    assertThat(damage.found()).contains("no queue of steps 2", "buffer.keep = 2");
  }

  @Test
  void ledgersAreChecked() throws IOException {
    overwrite(run.resolve("ledger/step-000001.ledger"), 100, (byte) 0x7f);
    assertThat(damage().found()).contains("step-000001.ledger", "CRC32C");
    Files.delete(run.resolve("ledger/step-000001.ledger"));
    assertThat(damage().found()).contains("none of steps 1");
  }

  @Test
  void theSummaryMustFollowFromTheRun() throws IOException {
    Path summary = run.resolve("summary.json");
    String whole = Files.readString(summary);
    Files.writeString(summary, whole.replaceAll("\"ess\" : 0", "\"ess\" : 1"));
    assertThat(damage().found()).contains("ess 1.", "its samples say 0.");
    Files.writeString(summary, whole.replaceAll("(\"parameters_sha256\" : \").", "$1x"));
    assertThat(damage().found()).contains("parameters_sha256 x", "the checkpoint's is");
    Files.writeString(summary, whole.replaceAll("\"target_evals\" : 9", "\"target_evals\" : 8"));
    assertThat(damage().found()).contains("target_evals 860, the run says 960");
    Files.writeString(summary, whole.substring(0, 30));
    assertThat(damage().found()).contains("not JSON");
    Files.delete(summary);
    assertThat(with(audit(), Verdict.NOTE).get(0).found()).contains("there is none");
  }

  /** Records of good CRC32C whose numbers are not those of the run. */
  @Test
  void numbersThatTheEnginesDoNotGiveAreNoticed() throws IOException {
    rewrite(2, batch -> shifted(batch, 0, 1e-6));
    AuditFinding energies = damage();
    assertThat(energies.subject()).isEqualTo("energies");
    assertThat(energies.found()).contains("log p̃ of 5 rows differs", "step 2, batch 0, row 0");

    rewrite(2, batch -> shifted(batch, 0.1, -1e-6));
    AuditFinding densities = damage();
    assertThat(densities.subject()).isEqualTo("log q");
    assertThat(densities.found()).contains("log q of 5 rows differs", "row 0");
  }

  @Test
  void batchesOutOfPlaceAreNoticed() throws IOException {
    rewrite(
        2,
        batch ->
            new SampleBatch(
                2,
                batch.batch(),
                batch.firstRow() + (batch.batch() == 3 ? 1 : 0),
                batch.rows(),
                batch.dimension(),
                batch.u(),
                batch.logQ(),
                batch.logP(),
                batch.logVolume()));
    List<AuditFinding> damaged = with(audit(), Verdict.DAMAGED);
    assertThat(damaged.get(0).found()).contains("batch 3: rows 193 to 256");
    assertThat(damaged.get(1).found()).contains("1 of 5 batches are missing");
  }

  @Test
  void aRunUnderWayIsSaidToBe() throws IOException {
    try (RunLock lock = RunLock.acquire(new RunDirectory(run))) {
      AuditReport report = audit(0.01);
      assertThat(report.owner()).contains(lock.owner());
      assertThat(report.count(Verdict.DAMAGED)).isZero();
      // What its owner may have moved meanwhile is no damage.
      Files.delete(run.resolve("checkpoints/step-000001.safetensors"));
      assertThat(with(audit(0.01), Verdict.DAMAGED)).isEmpty();
    }
    assertThat(audit(0.01).owner()).isEmpty();
  }

  @Test
  void aStoppedRunIsSoundAndWhatDeathLeavesIsNoted() throws IOException {
    run = temporary.resolve("stopped");
    RunResult result = TinyRun.train(TinyRun.config(temporary), run, 0);
    assertThat(result.status()).isEqualTo(RunResult.Status.STOPPED);
    AuditReport report = audit();
    assertThat(report.count(Verdict.DAMAGED)).isZero();
    assertThat(report.completedSteps()).isBetween(1, 2);
    assertThat(report.steps()).isEqualTo(TinyRun.STEPS);

    Files.writeString(run.resolve("checkpoints/.writing-x"), "half");
    Files.createDirectory(run.resolve("journal/step-000009.deleted"));
    Files.createDirectory(run.resolve("journal/events.damaged"));
    assertThat(with(audit(), Verdict.NOTE))
        .hasSize(3)
        .allMatch(f -> f.subject().equals("leftovers"));
  }

  private static SampleBatch shifted(SampleBatch batch, double logQ, double logP) {
    batch.logQ()[0] += logQ;
    batch.logP()[0] += logP;
    return batch;
  }

  private void rewrite(int step, UnaryOperator<SampleBatch> change) throws IOException {
    List<SampleBatch> batches = new ArrayList<>();
    RecordedSamples.read(new RunDirectory(run), step, batches::add);
    try (RunLock lock = RunLock.acquire(new RunDirectory(run));
        ReplayBuffer buffer = ReplayBuffer.open(lock, Retention.ALL, damage -> {})) {
      buffer.delete(step);
      for (SampleBatch batch : batches) {
        buffer.append(change.apply(batch));
      }
    }
  }

  private static String found(AuditReport report, String subject) {
    return report.findings().stream()
        .filter(finding -> finding.subject().equals(subject))
        .findFirst()
        .orElseThrow()
        .found();
  }

  private static long place(AuditFinding finding) {
    return Long.parseLong(finding.found().replaceAll("(?s).*?byte (\\d+) of .*", "$1"));
  }

  private Path queue(String name) throws IOException {
    try (Stream<Path> files = Files.list(run.resolve("journal").resolve(name))) {
      return files.filter(file -> file.toString().endsWith(".cq4")).findFirst().orElseThrow();
    }
  }

  /** Flips a bit in the first place where {@code needle} is; returns where. */
  private static long flip(Path file, byte[] needle, int offset) throws IOException {
    byte[] content = Files.readAllBytes(file);
    int at = new String(content, ISO_8859_1).indexOf(new String(needle, ISO_8859_1)) + offset;
    assertThat(at).isPositive();
    overwrite(file, at, (byte) (content[at] ^ 4));
    return at;
  }

  private static void overwrite(Path file, long position, byte value) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(position);
      access.write(value);
    }
  }

  private static void deleteTree(Path root) throws IOException {
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(root);
  }

  /** Names, times and contents. */
  private Map<String, String> state() throws IOException {
    TreeMap<String, String> state = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(run)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        String content =
            Files.isDirectory(path) ? "" : "" + Arrays.hashCode(Files.readAllBytes(path));
        state.put(path.toString(), Files.getLastModifiedTime(path) + " " + content);
      }
    }
    return state;
  }
}
