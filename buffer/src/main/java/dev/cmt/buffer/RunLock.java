package dev.cmt.buffer;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The right to write in a run directory: one process at a time. It is a lock of the kernel on
 * {@code DIR/lock}, so it ends with {@link #close} or with the process, however that dies; no stale
 * lock can stay behind. The file also says who holds it, for the message the next one gets.
 * Everything that writes below the directory takes a {@code RunLock} as proof.
 */
public final class RunLock implements AutoCloseable {
  /**
   * Runs locked by this JVM. Asked before the file is opened: closing any channel of a file drops
   * all POSIX locks that the process holds on it, so a second attempt must not even open it.
   */
  private static final Map<Path, Owner> HELD_HERE = new ConcurrentHashMap<>();

  private static final ObjectMapper JSON = new ObjectMapper();

  private final RunDirectory directory;
  private final Path key;
  private final FileChannel channel;
  private final Owner owner;
  private final int leftovers;

  /**
   * Who holds a lock.
   *
   * @param pid process id in its own namespace; -1 if unknown
   * @param host host name
   * @param since when the lock was taken, ISO-8601
   */
  public record Owner(long pid, String host, String since) {
    private static final Owner UNKNOWN = new Owner(-1, "(unknown)", "(unknown)");

    private static Owner self() {
      String host;
      try {
        host = InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        // A host that cannot resolve its own name still has one; the message of the failure says
        // it.
        host = String.valueOf(System.getenv("HOSTNAME"));
      }
      return new Owner(ProcessHandle.current().pid(), host, Instant.now().toString());
    }
  }

  private RunLock(
      RunDirectory directory, Path key, FileChannel channel, Owner owner, int leftovers) {
    this.directory = directory;
    this.key = key;
    this.channel = channel;
    this.owner = owner;
    this.leftovers = leftovers;
  }

  /**
   * Takes the lock and clears half-written files that a dead process left.
   *
   * @throws RunLockedException at once if another process, or another part of this one, holds it
   */
  public static RunLock acquire(RunDirectory directory) throws IOException {
    Path key = directory.root().toRealPath();
    Owner self = Owner.self();
    Owner here = HELD_HERE.putIfAbsent(key, self);
    if (here != null) {
      throw new RunLockedException(directory, here);
    }
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              directory.lock(),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      if (!tryLock(channel)) {
        throw new RunLockedException(directory, readOwner(channel));
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(JSON.writeValueAsBytes(self)), 0);
      channel.force(true);
      int leftovers = 0;
      for (Path part :
          List.of(
              directory.root(), directory.checkpoints(), directory.report(), directory.ledger())) {
        if (Files.isDirectory(part)) {
          leftovers += AtomicFile.removeLeftovers(part);
        }
      }
      return new RunLock(directory, key, channel, self, leftovers);
    } catch (IOException | RuntimeException e) {
      HELD_HERE.remove(key);
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
  }

  /**
   * Who works on a run at the moment; asks without taking the lock's file for its own. For the
   * blink of an eye that it takes to ask, a process that starts finds the run locked.
   *
   * @return empty if nobody does
   */
  public static Optional<Owner> holder(RunDirectory directory) throws IOException {
    Owner here = HELD_HERE.get(directory.root().toRealPath());
    if (here != null) {
      return Optional.of(here);
    }
    try (FileChannel channel = FileChannel.open(directory.lock(), StandardOpenOption.READ);
        FileLock shared = channel.tryLock(0, Long.MAX_VALUE, true)) {
      return shared == null ? Optional.of(readOwner(channel)) : Optional.empty();
    } catch (OverlappingFileLockException e) {
      return Optional.of(Owner.UNKNOWN); // another class loader of this JVM
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      // Another class loader of this JVM: it has its own HELD_HERE.
      return false;
    }
  }

  private static Owner readOwner(FileChannel channel) throws IOException {
    byte[] content = new byte[(int) Math.min(channel.size(), 4096)];
    channel.read(ByteBuffer.wrap(content), 0);
    try {
      return JSON.readValue(content, Owner.class);
    } catch (JacksonException e) {
      return Owner.UNKNOWN; // taken an instant ago, its owner has not signed yet
    }
  }

  /** The directory this lock is for. */
  public RunDirectory directory() {
    return directory;
  }

  /** This process. */
  public Owner owner() {
    return owner;
  }

  /** How many half-written files of a dead process {@link #acquire} removed. */
  public int removedLeftovers() {
    return leftovers;
  }

  /** Whether {@link #close} has not been called. */
  public boolean isHeld() {
    return channel.isOpen();
  }

  /** The directory, for one that is about to write below it. */
  RunDirectory forWriting() {
    if (!isHeld()) {
      throw new IllegalStateException(
          "The lock of %s was closed; writers must be closed before it.".formatted(key));
    }
    return directory;
  }

  /** Gives the directory back. Writers that were opened with this lock must be closed before. */
  @Override
  public void close() throws IOException {
    if (channel.isOpen()) {
      channel.close();
      HELD_HERE.remove(key, owner);
    }
  }
}
