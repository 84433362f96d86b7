package dev.cmt.actors.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cmt.actors.config.RunConfig;
import dev.cmt.actors.pool.Engine;
import dev.cmt.buffer.RunEvent;
import dev.cmt.buffer.SealedFile;
import dev.cmt.buffer.SealedStep;
import dev.cmt.energy.EnergyEngine;
import dev.cmt.energy.openmm.OpenMmPlatform;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every message there is, through the serializers that a cluster's systems have. */
class WireTest {
  private static ActorTestKit kit;
  private static Serialization serialization;

  @BeforeAll
  static void start() {
    RunConfig.Cluster settings =
        RunConfig.Cluster.load(Optional.empty(), List.of("cluster.bind=\"127.0.0.1:0\""));
    kit = ActorTestKit.create("cmt", ClusterSystem.config(settings, "head", List.of()));
    serialization = SerializationExtension.get(kit.system());
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  private static List<Object> messages() {
    NodeFigures figures = new NodeFigures(1, 2, 3, 4.5, 6, 7, 8.25);
    TargetSpec target =
        new TargetSpec(
            "mine",
            Map.of("system.xml", "<System/>"),
            "ab12",
            300,
            1e8,
            1e20,
            EnergyEngine.AUTO,
            OpenMmPlatform.REFERENCE);
    return List.of(
        new Hello(
            2, "0.1.0", "ab12", "host", 4711, 8, false, kit.<ToNode>createTestProbe().getRef()),
        new ToNode.Welcome(-1, target, kit.<ToHead>createTestProbe().getRef()),
        new ToNode.Pulse(),
        new ToNode.TurnedAway("because"),
        new ToNode.Farewell(true),
        new ToHead.Opened(new Engine("kernel, float64", "sse2 avx2")),
        new ToHead.Unable("no OpenMM"),
        new ToHead.NotEvaluated(Long.MAX_VALUE, "why", true),
        new ToHead.Leaving(List.of(1L, 1L << 40)),
        new ToHead.Beat(List.of(), figures),
        new Samples(1, 2, 3, 4, 2, new float[] {.5f, .25f}),
        new FilePiece(-1, 2, 5L << 32, new byte[] {1, -1}),
        new ToStandby.Follow(-1, 2, 3, true, 4000, kit.<FromStandby>createTestProbe().getRef()),
        new ToStandby.Progress(7),
        new ToStandby.Offer(
            8,
            true,
            new SealedStep(
                3,
                List.of(
                    new RunEvent.RunStarted("ab", 7, null),
                    new RunEvent.StepStarted(3, 8),
                    new RunEvent.DualSolved(3, 0.5, 0, -1e-300, 2),
                    new RunEvent.FitCheckpointed(3, 40, "name", "cd"),
                    new RunEvent.StepCompleted(3, "name", "cd", "{\"step\":3}"),
                    new RunEvent.RunFinished("stopped")),
                List.of(new SealedFile(SealedFile.Kind.SAMPLES, 3, 80L << 20, "")))),
        new ToStandby.Gone(9, "because"),
        new FromStandby.AskStep(10, 3),
        new FromStandby.AskPiece(
            11, new SealedFile(SealedFile.Kind.CHECKPOINT, 3, 5, "ef"), 1L << 40),
        new FromStandby.Holding(3),
        new FromStandby.CannotGoOn("full"),
        new Energies(1, 2, 3, 4, new double[] {Double.NaN}, new double[] {-0.0}, 9));
  }

  @Test
  void everyMessageArrivesAsItWasSent() {
    for (Object message : messages()) {
      byte[] bytes = serialization.serialize(message).get();
      String manifest = Serializers.manifestFor(serialization.findSerializerFor(message), message);
      Object read =
          serialization
              .deserialize(bytes, serialization.findSerializerFor(message).identifier(), manifest)
              .get();
      assertThat(read).hasSameClassAs(message);
      // To the bit, NaN too.
      assertThat(serialization.serialize(read).get()).as("%s", message).isEqualTo(bytes);
      if (!(message instanceof BulkMessage)) {
        assertThat(read).isEqualTo(message);
      }
    }
  }

  @Test
  void noMessageIsLeftOutHere() {
    List<Class<?>> tested = messages().stream().<Class<?>>map(Object::getClass).toList();
    List<Class<?>> all =
        Stream.of(ToNode.class, ToStandby.class, ToHead.class, FromStandby.class, BulkMessage.class)
            .flatMap(kind -> Stream.of(kind.getPermittedSubclasses()))
            .filter(kind -> !kind.isInterface())
            .distinct()
            .toList();
    assertThat(tested).containsAll(all).contains(Hello.class);
  }

  @Test
  void bulkIsBinaryAndControlIsCbor() {
    for (Object message : messages()) {
      String serializer = serialization.findSerializerFor(message).getClass().getSimpleName();
      assertThat(serializer)
          .as("%s", message)
          .isEqualTo(message instanceof BulkMessage ? "BatchSerializer" : "JacksonCborSerializer");
    }
  }

  /** As a minor version without the last field sent it. */
  @Test
  void aFieldThatIsMissingIsFalse() {
    ToHead.NotEvaluated message = new ToHead.NotEvaluated(7, "because", false);
    byte[] bytes = serialization.serialize(message).get();
    byte[] name = "enginesDisagree".getBytes(StandardCharsets.US_ASCII);
    // CBOR: its key (0x60 + 15), its name, false (0xf4), the map's end (0xff).
    int field = bytes.length - name.length - 3;
    assertThat(bytes[field] & 0xff).isEqualTo(0x60 + name.length);
    byte[] less = Arrays.copyOf(bytes, field + 1);
    less[field] = (byte) 0xff;
    Object read =
        serialization
            .deserialize(
                less,
                serialization.findSerializerFor(message).identifier(),
                Serializers.manifestFor(serialization.findSerializerFor(message), message))
            .get();
    assertThat(read).isEqualTo(message);
  }

  /** As a later minor version of this product may send it. */
  @Test
  void aFieldThatIsNotKnownIsIgnored() {
    byte[] bytes = serialization.serialize(new ToNode.TurnedAway("because")).get();
    // CBOR: a map of unknown length is 0xbf … 0xff; a field more goes before its end.
    assertThat(bytes[0] & 0xff).isEqualTo(0xbf);
    assertThat(bytes[bytes.length - 1] & 0xff).isEqualTo(0xff);
    byte[] more = Arrays.copyOf(bytes, bytes.length + 4);
    System.arraycopy(new byte[] {0x62, 'm', 'e', 0x07, (byte) 0xff}, 0, more, bytes.length - 1, 5);
    ToNode.TurnedAway message = new ToNode.TurnedAway("because");
    Object read =
        serialization
            .deserialize(
                more,
                serialization.findSerializerFor(message).identifier(),
                Serializers.manifestFor(serialization.findSerializerFor(message), message))
            .get();
    assertThat(read).isEqualTo(message);
  }
}
