package dev.cmt.energy.md;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cmt.energy.system.Bond;
import dev.cmt.energy.system.BuiltInSystems;
import dev.cmt.energy.system.MolecularSystem;
import dev.cmt.energy.system.SystemXml;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HydrogenConstraintsTest {
  private static final MolecularSystem PEPTIDE = BuiltInSystems.load("elil");
  private static final SystemXml XML = SystemXml.parse(PEPTIDE.systemXml());
  private static final HydrogenConstraints CONSTRAINTS = HydrogenConstraints.of(XML);
  private static final double DT = 0.002;

  private final Random random = new Random(5);

  @Test
  void everyLengthIsExactAfterAMove() {
    assertThat(CONSTRAINTS.count()).isEqualTo(XML.constraintsNm().size()).isGreaterThan(30);
    double[] before = PEPTIDE.minimizedNm();
    settle(before);
    double[] x = moved(before, 3e-3);
    double[] v = new double[x.length];
    double[] unconstrained = x.clone();
    assertThat(CONSTRAINTS.worstLength(x, 0)).isGreaterThan(1e-3);

    assertThat(CONSTRAINTS.correctPositions(x, v, 0, before, DT)).isTrue();

    XML.constraintsNm()
        .forEach(
            (bond, length) ->
                assertThat(distance(x, bond))
                    .as("%s", bond)
                    .isCloseTo(length, within(1e-11 * length)));
    for (int d = 0; d < x.length; d++) {
      assertThat(v[d]).isCloseTo((x[d] - unconstrained[d]) / DT, within(1e-9));
    }
    // Forces of constraints act between atoms: the centre of mass does not feel them.
    assertThat(momentum(v)).containsExactly(new double[3], within(1e-10));
  }

  @Test
  void velocitiesDoNotChangeLengthsAndMomentumStays() {
    double[] x = PEPTIDE.minimizedNm();
    settle(x);
    double[] v = moved(new double[x.length], 1);
    double[] momentum = momentum(v);

    assertThat(CONSTRAINTS.correctVelocities(x, v, 0)).isTrue();

    for (Bond bond : XML.constraintsNm().keySet()) {
      double rate = 0;
      for (int axis = 0; axis < 3; axis++) {
        int a = 3 * bond.first() + axis;
        int b = 3 * bond.second() + axis;
        rate += (x[a] - x[b]) * (v[a] - v[b]);
      }
      assertThat(rate).as("%s", bond).isCloseTo(0, within(1e-11));
    }
    assertThat(momentum(v)).containsExactly(momentum, within(1e-10));
  }

  @Test
  void whatIsNoStarIsRefused() {
    Bond ab = Bond.of(0, 1);
    Bond bc = Bond.of(1, 2);
    Bond cd = Bond.of(2, 3);
    assertThatThrownBy(() -> constraints(1, ab, bc, Bond.of(0, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rings");
    assertThatThrownBy(() -> constraints(1, ab, bc, cd))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("chains");
    assertThatThrownBy(() -> constraints(1, ab, Bond.of(0, 2), Bond.of(0, 3), Bond.of(0, 4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Atom 0 is held by 4 constraints");
    assertThatThrownBy(() -> constraints(0, ab))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mass of atom 0");
    assertThat(constraints(1, ab, Bond.of(2, 3), Bond.of(2, 4)).count()).isEqualTo(3);
  }

  @Test
  void aBondThatTurnedOverCannotBeMended() {
    double[] before = {0, 0, 0, 0.1, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0};
    double[] x = {0, 0, 0, -0.1001, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0};
    HydrogenConstraints one = constraints(1, Bond.of(0, 1));

    assertThat(one.correctPositions(x, new double[15], 0, before, DT)).isFalse();
  }

  private static HydrogenConstraints constraints(double mass, Bond... bonds) {
    Map<Bond, Double> lengths = new HashMap<>();
    for (Bond bond : bonds) {
      lengths.put(bond, 0.1);
    }
    return HydrogenConstraints.of(
        new SystemXml(Collections.nCopies(5, mass), List.of(), Map.of(), lengths));
  }

  /** Brings lengths, which a minimiser leaves right to 1e-6 or so, to rounding. */
  private static void settle(double[] x) {
    assertThat(CONSTRAINTS.correctPositions(x, new double[x.length], 0, x.clone(), DT)).isTrue();
  }

  private double[] moved(double[] x, double by) {
    double[] moved = x.clone();
    for (int d = 0; d < x.length; d++) {
      moved[d] += by * random.nextGaussian();
    }
    return moved;
  }

  private static double distance(double[] x, Bond bond) {
    double sum = 0;
    for (int axis = 0; axis < 3; axis++) {
      sum += Math.pow(x[3 * bond.first() + axis] - x[3 * bond.second() + axis], 2);
    }
    return Math.sqrt(sum);
  }

  private static double[] momentum(double[] v) {
    double[] sum = new double[3];
    for (int d = 0; d < v.length; d++) {
      sum[d % 3] += XML.massesAmu().get(d / 3) * v[d];
    }
    return sum;
  }
}
