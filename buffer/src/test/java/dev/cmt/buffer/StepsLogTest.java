package dev.cmt.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepsLogTest {
  @TempDir Path temporary;
  private RunDirectory run;
  private RunLock lock;

  @BeforeEach
  void lock() throws IOException {
    run = RunDirectory.create(temporary.resolve("run"));
    lock = RunLock.acquire(run);
  }

  @AfterEach
  void unlock() throws IOException {
    lock.close();
  }

  @Test
  void aTornLastLineIsCutAndAppendingGoesOn() throws IOException {
    assertThat(StepsLog.read(run)).isEmpty();
    try (StepsLog log = StepsLog.open(lock)) {
      log.append(line(0));
      log.append(line(1));
    }
    Files.writeString(run.steps(), "{\"step\":2,\"lo", StandardOpenOption.APPEND);
    assertThat(StepsLog.read(run)).containsExactly(line(0), line(1));
    try (StepsLog log = StepsLog.open(lock)) {
      log.append(line(2));
    }
    assertThat(run.steps()).hasContent(line(0) + "\n" + line(1) + "\n" + line(2) + "\n");
  }

  @Test
  void aFileThatIsOneTornLineBecomesEmpty() throws IOException {
    Files.writeString(run.steps(), "{\"ste");
    StepsLog.open(lock).close();
    assertThat(run.steps()).isEmptyFile();
  }

  @Test
  void linesOfStepsToBeRedoneVanish() throws IOException {
    try (StepsLog log = StepsLog.open(lock)) {
      for (int step = 0; step < 5; step++) {
        log.append(line(step));
      }
      assertThat(log.reconcile(3, Map.of())).isEqualTo(new StepsLog.Reconciled(2, 0, 0));
      assertThat(StepsLog.read(run)).containsExactly(line(0), line(1), line(2));
      log.append(line(3));
      assertThat(log.reconcile(4, Map.of())).isEqualTo(new StepsLog.Reconciled(0, 0, 0));
      assertThat(StepsLog.read(run)).containsExactly(line(0), line(1), line(2), line(3));
      log.reconcile(0, Map.of());
      assertThat(StepsLog.read(run)).isEmpty();
    }
  }

  @Test
  void whatTheJournalSaysReplacesLinesThatWereLostOrChanged() throws IOException {
    String flipped = line(1).replace('1', '7').replace("\"step\":7", "\"step\":1");
    Files.writeString(run.steps(), line(0) + "\n" + flipped + "\n#" + line(2) + "\n");
    try (StepsLog log = StepsLog.open(lock)) {
      assertThat(log.reconcile(4, Map.of(1, line(1), 2, line(2), 3, line(3))))
          .isEqualTo(new StepsLog.Reconciled(1, 3, 0));
      assertThat(StepsLog.read(run)).containsExactly(line(0), line(1), line(2), line(3));
      log.append(line(4));
    }
    assertThat(StepsLog.read(run)).hasSize(5);
  }

  @Test
  void linesThatAreNotAStepAreRefused() throws IOException {
    try (StepsLog log = StepsLog.open(lock)) {
      for (String wrong :
          List.of("", "{", "[]", "{}", "{\"step\":1.5}", line(1) + "\n", line(1) + line(2))) {
        assertThatThrownBy(() -> log.append(wrong))
            .as(wrong)
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
    assertThat(run.steps()).isEmptyFile();
  }

  private static String line(int step) {
    return "{\"step\":%d,\"log_z\":%d.5}".formatted(step, step);
  }
}
