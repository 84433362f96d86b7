package dev.cmt.test;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.util.Set;

/** Which rooms and packages know each other. */
@AnalyzeClasses(packages = "dev.cmt", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {

  @ArchTest
  static final ArchRule ENERGY_KNOWS_NO_OTHER_ROOM =
      noClasses()
          .that()
          .resideInAPackage("dev.cmt.energy..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.cmt.flow..", "dev.cmt.buffer..", "dev.cmt.actors..");

  @ArchTest
  static final ArchRule FLOW_KNOWS_NO_OTHER_ROOM =
      noClasses()
          .that()
          .resideInAPackage("dev.cmt.flow..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.cmt.energy..", "dev.cmt.buffer..", "dev.cmt.actors..");

  @ArchTest
  static final ArchRule BUFFER_KNOWS_NO_OTHER_ROOM =
      noClasses()
          .that()
          .resideInAPackage("dev.cmt.buffer..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.cmt.energy..", "dev.cmt.flow..", "dev.cmt.actors..");

  @ArchTest
  static final ArchRule ONLY_ACTORS_KNOW_PEKKO =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.cmt.actors..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.pekko..");

  @ArchTest
  static final ArchRule ONLY_BINDINGS_TOUCH_JAVACPP =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.cmt.energy.openmm..",
              "dev.cmt.energy.kernel..",
              "dev.cmt.flow.fast..",
              "dev.cmt.flow.cuda..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.bytedeco..");

  @ArchTest
  static final ArchRule ONLY_THE_FLOW_KNOWS_DJL =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.cmt.flow..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");

  @ArchTest
  static final ArchRule ONLY_THE_BUFFER_KNOWS_CHRONICLE =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.cmt.buffer..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("net.openhft..");

  /**
   * Groups of a room need each other in one direction; the room's own package may know them all.
   */
  @ArchTest
  static final ArchRule NO_CYCLES_BETWEEN_GROUPS_OF_ENERGY =
      slices().matching("dev.cmt.energy.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NO_CYCLES_BETWEEN_GROUPS_OF_FLOW =
      slices().matching("dev.cmt.flow.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NO_CYCLES_BETWEEN_GROUPS_OF_BUFFER =
      slices().matching("dev.cmt.buffer.(*)..").should().beFreeOfCycles().allowEmptyShould(true);

  @ArchTest
  static final ArchRule NO_CYCLES_BETWEEN_GROUPS_OF_ACTORS =
      slices().matching("dev.cmt.actors.(*)..").should().beFreeOfCycles();

  private static final Set<String> WALL_CLOCKS =
      Set.of(
          "java.lang.System.currentTimeMillis",
          "java.time.Instant.now",
          "java.time.LocalDateTime.now",
          "java.time.ZonedDateTime.now",
          "java.util.Date.<init>");

  /**
   * A wall clock jumps. It may label what people read (who holds a lock and since when, when a run
   * began), and decide nothing: time is measured with {@code System.nanoTime}.
   */
  @ArchTest
  static final ArchRule NO_WALL_CLOCK_DECIDES =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.cmt.energy..", "dev.cmt.flow..", "dev.cmt.buffer..", "dev.cmt.actors.run..")
          .and()
          .doNotHaveFullyQualifiedName("dev.cmt.buffer.RunLock$Owner")
          .and()
          .doNotHaveFullyQualifiedName("dev.cmt.actors.run.RunManifest")
          .should()
          // By a call or a method reference.
          .accessTargetWhere(
              describe(
                  "reads a wall clock",
                  (JavaAccess<?> access) ->
                      WALL_CLOCKS.contains(
                          access.getTarget().getOwner().getName()
                              + "."
                              + access.getTarget().getName())))
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Clock.class);

  @ArchTest
  static void everyRoomIsLookedAt(JavaClasses all) {
    for (String room : new String[] {"energy", "flow", "buffer", "actors"}) {
      assertThat(all.stream().filter(resideInAPackage("dev.cmt." + room + "..")))
          .as("classes of %s", room)
          .hasSizeGreaterThan(5);
    }
  }
}
