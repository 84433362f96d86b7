package dev.cmt.actors.molecule;

import com.github.mustachejava.DefaultMustacheFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/** The validation of an imported molecule as a page that needs nothing beside it. */
final class ValidationPage {
  private static final String TEMPLATE = "validation.mustache";

  private ValidationPage() {}

  static String of(MoleculeImport molecule) {
    Map<String, Object> values =
        Map.of(
            "name",
            molecule.name(),
            "verdict",
            molecule.validation().passed() ? "passed" : "failed",
            "heading",
            ValidationText.heading(molecule),
            "checks",
            molecule.validation().checks().stream()
                .map(
                    check ->
                        Map.of(
                            "name",
                            check.name(),
                            "verdict",
                            check.verdict().name().toLowerCase(Locale.ROOT),
                            "finding",
                            check.finding()))
                .toList(),
            "box",
            ValidationText.box(molecule),
            "anyBounded",
            !molecule.validation().bounded().isEmpty(),
            "bounded",
            molecule.validation().bounded().stream()
                .map(
                    torsion ->
                        Map.of(
                            "number",
                            torsion.torsion(),
                            "coordinate",
                            torsion.coordinate(),
                            "range",
                            ValidationText.range(torsion),
                            "because",
                            torsion.because()))
                .toList());
    StringWriter page = new StringWriter();
    try (InputStream in = ValidationPage.class.getResourceAsStream(TEMPLATE);
        Reader template = new InputStreamReader(in, StandardCharsets.UTF_8)) {
      new DefaultMustacheFactory().compile(template, TEMPLATE).execute(page, values).flush();
    } catch (IOException e) {
      throw new UncheckedIOException("The page's template cannot be read.", e);
    }
    return page.toString();
  }
}
