package dev.cmt.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.energy.openmm.OpenMmPlatform;
import org.junit.jupiter.api.Test;

class TargetsTest {
  private static final TargetSettings SETTINGS =
      new TargetSettings(300, 1e8, 1e20, EnergyEngine.OPENMM, OpenMmPlatform.REFERENCE);

  @Test
  void makesEveryTargetItNames() {
    assertThat(Targets.names()).hasSize(6);
    for (String name : Targets.names()) {
      assertThat(Targets.create(name, SETTINGS).name()).isEqualTo(name);
    }
    assertThat(Targets.create("gmm40", SETTINGS).channels())
        .containsExactly(new Channel("x", 2, false, Prior.UNIFORM));
    assertThat(Targets.create("many-well-32", SETTINGS).channels())
        .containsExactly(new Channel("x", 32, false, Prior.TRUNCATED_NORMAL));
  }

  @Test
  void proposesTheNearestName() {
    assertThatThrownBy(() -> Targets.create("alanine-dipeptid", SETTINGS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gmm40, many-well-32, alanine-dipeptide")
        .hasMessageContaining("Maybe you meant alanine-dipeptide?");
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(
            () -> new TargetSettings(0, 1e8, 1e20, EnergyEngine.AUTO, OpenMmPlatform.AUTO))
        .hasMessageContaining("temperatureK (0.0)");
    assertThatThrownBy(
            () -> new TargetSettings(300, 1e8, 1e7, EnergyEngine.AUTO, OpenMmPlatform.AUTO))
        .hasMessageContaining("energyMaxKt (1.0E7)");
  }
}
