package dev.cmt.buffer;

import java.io.IOException;

/** Another process works in the run directory. */
public final class RunLockedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient RunLock.Owner owner;

  RunLockedException(RunDirectory directory, RunLock.Owner owner) {
    super(
        "The run directory %s is in use by process %s on host %s since %s; wait for it or stop it, or name another directory."
            .formatted(
                directory.root(),
                owner.pid() < 0 ? "(unknown)" : Long.toString(owner.pid()),
                owner.host(),
                owner.since()));
    this.owner = owner;
  }

  /** Who holds the lock, as far as it could be read. */
  public RunLock.Owner owner() {
    return owner;
  }
}
