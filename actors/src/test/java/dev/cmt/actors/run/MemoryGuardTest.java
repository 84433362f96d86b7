package dev.cmt.actors.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.Behavior;
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
        "at-work");
  }

  @Test
  void soDoesOneThatRunsOutOfItAsItStarts() {
    assertFails(
        Behaviors.setup(
            context -> {
              throw new OutOfMemoryError("Java heap space");
            }),
        "at-start");
  }

  private static void assertFails(Behavior<String> behavior, String name) {
    TestProbe<Coordinator.Command> coordinator = kit.createTestProbe();
    kit.spawn(MemoryGuard.around(behavior, String.class, coordinator.getRef()), name).tell("work");
    Coordinator.Failure failure = coordinator.expectMessageClass(Coordinator.Failure.class);
    assertThat(failure.reason()).contains(name).contains("ran out of memory");
    assertThat(failure.cause()).hasMessage("Java heap space");
  }
}
