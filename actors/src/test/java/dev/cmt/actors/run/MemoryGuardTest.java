package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MemoryGuardTest {
  private static ActorTestKit kit;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void anActorThatRunsOutOfMemoryFailsTheRunByName() {
    assertFails(
        Behaviors.receive(String.class)
            .onAnyMessage(
                message -> {
                  throw new OutOfMemoryError("Java heap space");
                })
            .build(),
        "at-work",
        "ran out of memory");
  }

  /** What the JVM makes of a signal SIGBUS, as where a disk became full behind a mapped page. */
  @Test
  void soDoesOneWhoseMappedFileCannotBeReached() {
    assertFails(
        Behaviors.receive(String.class)
            .onAnyMessage(
                message -> {
                  throw new InternalError("a fault occurred in an unsafe memory access operation");
                })
            .build(),
        "mapped",
        "Is the disk full");
  }

  @Test
  void soDoesOneThatLacksALibrary() {
    assertFails(
        Behaviors.setup(
            context -> {
              throw new UnsatisfiedLinkError("libOpenMM.so");
            }),
        "unlinked",
        "libOpenMM.so");
  }

  @Test
  void soDoesOneThatASignalReaches() {
    assertFails(
        Behaviors.<String>setup(
            context -> {
              context.watch(context.spawn(Behaviors.<Void>stopped(), "child"));
              return Behaviors.receive(String.class)
                  .onSignal(
                      Terminated.class,
                      gone -> {
                        throw new OutOfMemoryError("Java heap space");
                      })
                  .onAnyMessage(message -> Behaviors.same())
                  .build();
            }),
        "signalled",
        "ran out of memory");
  }

  @Test
  void theCoordinatorEndsItself() {
    TestProbe<Coordinator.Failure> ending = kit.createTestProbe();
    ActorRef<Coordinator.Command> guarded =
        kit.spawn(
            MemoryGuard.aroundCoordinator(
                Behaviors.receive(Coordinator.Command.class)
                    .onAnyMessage(
                        message -> {
                          throw new OutOfMemoryError("Java heap space");
                        })
                    .build(),
                ending.getRef()::tell),
            "itself");
    guarded.tell(Coordinator.Stop.STOP);
    assertThat(ending.receiveMessage().reason()).contains("ran out of memory");
    ending.expectTerminated(guarded);
  }

  @Test
  void soDoesOneThatRunsOutOfItAsItStarts() {
    assertFails(
        Behaviors.setup(
            context -> {
              throw new OutOfMemoryError("Java heap space");
            }),
        "at-start",
        "ran out of memory");
  }

  private static void assertFails(Behavior<String> behavior, String name, String reason) {
    TestProbe<Coordinator.Command> coordinator = kit.createTestProbe();
    kit.spawn(MemoryGuard.around(behavior, String.class, coordinator.getRef()), name).tell("work");
    Coordinator.Failure failure = coordinator.expectMessageClass(Coordinator.Failure.class);
    assertThat(failure.reason()).contains(name).contains(reason);
    assertThat(failure.cause()).isInstanceOf(Error.class);
  }
}
