package dev.cmt.actors.audit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AgreementTest {
  @Test
  void oneNumberBeyondTheToleranceIsOneTooMany() {
    Agreement energies = new Agreement("log p̃", 1e-9);
    for (int row = 0; row < 999; row++) {
      energies.compare("row " + row, row, row);
    }
    energies.compare("row 999", 5, 5 + 1e-6);

    assertThat(energies.failures()).isEqualTo(1);
    assertThat(energies.summary()).contains("of 1 rows differs", "row 999");
  }

  @Test
  void aFewSteepRowsAreRoundingAndManyAreAnotherFlow() {
    Agreement densities = new Agreement("log q", 1e-4, 0.01);
    for (int row = 0; row < 1000; row++) {
      densities.compare("row " + row, 1, row < 10 ? 1.0003 : 1);
    }
    assertThat(densities.failures()).isZero();
    assertThat(densities.summary()).contains("log q within 3.0e-04");

    densities.compare("row 1000", 1, 1.0003);
    assertThat(densities.failures()).isEqualTo(11);
    assertThat(densities.summary()).contains("of 11 rows differs", "row 0");
  }

  @Test
  void oneRowFarOffIsNoRounding() {
    Agreement densities = new Agreement("log q", 1e-4, 0.01);
    for (int row = 0; row < 1000; row++) {
      densities.compare("row " + row, 1, row == 7 ? 1.1 : 1);
    }
    assertThat(densities.failures()).isEqualTo(1);
  }

  @Test
  void whatIsNotANumberAgreesWithItselfOnly() {
    Agreement energies = new Agreement("log p̃", 1e-9);
    energies.compare("row 0", Double.NaN, Double.NaN);
    assertThat(energies.failures()).isZero();
    energies.compare("row 1", 1, Double.NaN);
    assertThat(energies.failures()).isEqualTo(1);
  }
}
