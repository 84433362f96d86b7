package dev.cmt.energy.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cmt.energy.system.BuiltInSystems;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ZMatrixTest {
  @Test
  void alanineDipeptideAsTheLiteratureIndexesIt() {
    ZMatrix zMatrix = ZMatrix.parse(BuiltInSystems.zMatrix("alanine-dipeptide"));
    assertThat(zMatrix.atoms()).isEqualTo(22);
    assertThat(zMatrix.row(4)).containsExactly(4, 6, 8, 14);
    assertThat(zMatrix.row(11)).containsExactly(16, 14, 8, 6);
    assertThat(zMatrix.bond(0)).containsExactly(14, 8);
    assertThat(zMatrix.bond(1)).containsExactly(8, 6);
    assertThat(zMatrix.bond(2)).containsExactly(0, 1);
    assertThat(zMatrix.angle(0)).containsExactly(14, 8, 6);
    assertThat(zMatrix.angle(1)).containsExactly(0, 1, 4);
  }

  @Test
  void comesBackFromItsText() {
    for (String name : BuiltInSystems.names()) {
      ZMatrix zMatrix = ZMatrix.parse(BuiltInSystems.zMatrix(name));
      String text = zMatrix.format();
      ZMatrix back = ZMatrix.parse(text);
      for (int n = 0; n < zMatrix.rowCount(); n++) {
        assertThat(back.row(n)).isEqualTo(zMatrix.row(n));
      }
      for (int n = 0; n < 3; n++) {
        assertThat(back.seed(n)).isEqualTo(zMatrix.seed(n));
      }
      assertThat(back.format()).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 -1 -1 -1;1 0 -1 -1;2 1 0 -1;3 4 1 0;4 3 1 0 | refers in a circle",
        "0 -1 -1 -1;1 0 -1 -1;2 1 0 -1;3 2 1 0;3 2 1 0 | places atom 3 twice",
        "0 -1 -1 -1;1 0 -1 -1;2 1 0 -1;3 2 1 9 | Atom 9",
        "0 -1 -1 -1;1 0 -1 -1;2 1 0 -1;3 2 2 0 | must differ",
        "0 -1 -1 -1;0 1 -1 -1;2 1 0 -1;3 2 1 0 | has atom 0 twice",
        "0 -1 -1 -1;1 0 -1 -1;2 1 -1 -1 | has 2 times -1",
        "0 -1 -1 -1;1 0 -1 -1;3 2 1 0 | Atom -1",
        "0 -1 -1 -1;1 0 -1 | has 3 numbers",
        "0 -1 -1 x | is not numbers"
      })
  void refusesWhatPlacesNoMolecule(String rows, String reason) {
    assertThatThrownBy(() -> ZMatrix.parse(rows.replace(';', '\n')))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }
}
