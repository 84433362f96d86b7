package dev.cmt.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.buffer.DiskFullException;
import dev.cmt.buffer.DiskSpace;
import dev.cmt.energy.EnergyUnavailableException;
import dev.cmt.flow.FlowUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailureTest {
  @TempDir Path directory;

  @Test
  void whatTheMachineLacksIsThree() {
    assertThat(Failure.of(new EnergyUnavailableException("no OpenMM; install it", null)))
        .isEqualTo(new Failure(3, "no OpenMM; install it", true));
    assertThat(Failure.of(new FlowUnavailableException("no GPU; choose cpu")))
        .isEqualTo(new Failure(3, "no GPU; choose cpu", true));
    assertThat(Failure.of(new UnsatisfiedLinkError("libOpenMM.so")).message())
        .contains("libOpenMM.so", "./cmt doctor");
  }

  @Test
  void aFullDiskIsThreeHoweverItShows() {
    Failure asked = null;
    try {
      DiskSpace.require(directory, Long.MAX_VALUE, "annealing step 3");
    } catch (DiskFullException e) {
      asked = Failure.of(e);
    }
    Failure met = Failure.of(new IOException("No space left on device"));

    assertThat(asked).isNotNull();
    assertThat(asked.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(asked.message()).contains("annealing step 3");
    assertThat(met.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(met.message()).contains("disk is full");
    Failure mapped = Failure.of(new InternalError("a fault occurred"));
    assertThat(mapped.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(mapped.message()).contains("Is the disk full");
  }

  @Test
  void filesThatCannotBeUsedAreTwo() {
    assertThat(Failure.of(new NoSuchFileException("a.npy")).message())
        .isEqualTo("There is no a.npy.");
    assertThat(Failure.of(new NoSuchFileException("d", null, "d holds no run")).message())
        .isEqualTo("There is no d (d holds no run).");
    assertThat(Failure.of(new AccessDeniedException("a.npy")).exitCode()).isEqualTo(2);
  }

  @Test
  void aFileSystemThatIsReadOnlyIsThree() {
    Failure mapped = Failure.of(new FileSystemException("/m/run", null, "Read-only file system"));
    assertThat(mapped.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(mapped.message()).contains("/m/run", "read-only", "--run-dir");
  }

  @Test
  void looksThroughWrappers() {
    IOException inner = new NoSuchFileException("a");
    assertThat(Failure.of(new CompletionException(new UncheckedIOException(inner))))
        .isEqualTo(Failure.of(inner));
  }

  @Test
  void theUnexpectedIsOneAndPointsToItsTrace() {
    Failure failure = Failure.of(new IllegalStateException("impossible"));

    assertThat(failure.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(failure.message()).contains("impossible");
    assertThat(failure.expected()).isFalse();
  }
}
