package dev.cmt.energy.kernel;

import dev.cmt.energy.system.BuiltInSystems;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * 200 conformations of a built-in molecule, from dynamics at 300 K (rows 0-39) and 1200 K (40-79)
 * and from displacing atoms at random by 1 to 80 pm, with what OpenMM 7.7's Reference platform says
 * of them in double precision.
 *
 * @param positions {@code [rows][atoms][3]} nm
 * @param energies {@code [rows]} kJ/mol
 * @param forces {@code [rows][atoms][3]} kJ/mol/nm
 * @param energiesByForce {@code [rows][5]} kJ/mol, forces in the order of the System
 */
record ReferenceConformations(
    String systemXml,
    double[] positions,
    double[] energies,
    double[] forces,
    double[] energiesByForce) {
  static final List<String> SYSTEMS = BuiltInSystems.names();

  /** How many of the first rows come from dynamics. */
  static final int DYNAMICS_ROWS = 80;

  static ReferenceConformations load(String name) {
    return new ReferenceConformations(
        BuiltInSystems.load(name).systemXml(),
        numbers(name, "positions.npy"),
        numbers(name, "energies.npy"),
        numbers(name, "forces.npy"),
        numbers(name, "force_group_energies.npy"));
  }

  int rows() {
    return energies.length;
  }

  int width() {
    return positions.length / rows();
  }

  private static double[] numbers(String name, String file) {
    String path = "/dev/cmt/energy/reference/" + name + "/" + file;
    try (InputStream in = ReferenceConformations.class.getResourceAsStream(path)) {
      ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      int header = bytes.getShort(8);
      String text = new String(bytes.array(), 10, header, StandardCharsets.US_ASCII);
      if (!text.contains("'<f8'") || text.contains("'fortran_order': True")) {
        throw new IllegalStateException("Unexpected header of " + path + ": " + text);
      }
      double[] numbers = new double[(bytes.capacity() - 10 - header) / 8];
      bytes
          .position(10 + header)
          .slice()
          .order(ByteOrder.LITTLE_ENDIAN)
          .asDoubleBuffer()
          .get(numbers);
      return numbers;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
