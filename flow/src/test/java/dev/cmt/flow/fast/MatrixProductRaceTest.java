package dev.cmt.flow.fast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MatrixProductRaceTest {
  private String isa;
  private String gemm;

  @BeforeEach
  void rememberProperties() {
    isa = System.getProperty(InstructionSet.PROPERTY);
    gemm = System.getProperty(MatrixProductRace.PROPERTY);
  }

  @AfterEach
  void restoreProperties() {
    restore(InstructionSet.PROPERTY, isa);
    restore(MatrixProductRace.PROPERTY, gemm);
  }

  @ParameterizedTest
  @MethodSource("dev.cmt.flow.fast.Fixture#engines")
  void everyProductIsAccurate(Fixture.Engine engine) {
    assertThat(MatrixProductRace.relativeError(engine.set(), engine.product())).isLessThan(2e-6);
  }

  @Test
  void propertiesDecideAndTheDescriptionTells() {
    System.setProperty(InstructionSet.PROPERTY, "portable");
    System.setProperty(MatrixProductRace.PROPERTY, "own");
    try (NativeFlow flow = NativeFlow.open(Fixture.RING.layout(), 3)) {
      assertThat(flow.engineDescription())
          .contains("portable")
          .contains("own")
          .contains("3 threads");
    }
  }

  @Test
  void refusesUnknownNames() {
    System.setProperty(MatrixProductRace.PROPERTY, "atlas");
    assertThatThrownBy(() -> NativeFlow.open(Fixture.RING.layout(), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cmt.gemm")
        .hasMessageContaining("(atlas)");
    System.setProperty(InstructionSet.PROPERTY, "mmx");
    assertThatThrownBy(() -> NativeFlow.open(Fixture.RING.layout(), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cmt.isa")
        .hasMessageContaining("portable");
  }

  private static void restore(String property, String value) {
    if (value == null) {
      System.clearProperty(property);
    } else {
      System.setProperty(property, value);
    }
  }
}
