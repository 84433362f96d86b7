package dev.cmt.actors.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FontsTest {
  @TempDir Path directory;

  @Test
  void everyLogicalFontLeadsToAFileOfTheRuntime() throws Exception {
    Path machine = Files.createDirectories(directory.resolve("fonts/truetype/dejavu"));
    Path plain = Files.writeString(machine.resolve("DejaVuSans.ttf"), "plain");
    Path bold = Files.writeString(machine.resolve("DejaVuSans-Bold.ttf"), "bold");
    Path home = directory.resolve("jre");

    assertThat(Fonts.write(home, directory.resolve("fonts"))).containsExactly(plain, bold);

    Properties map = new Properties();
    try (InputStream in = Files.newInputStream(home.resolve("lib/fontconfig.properties"))) {
      map.load(in);
    }
    for (String font : new String[] {"dialog", "dialoginput", "sansserif", "serif", "monospaced"}) {
      for (String style : new String[] {"plain", "bold", "italic", "bolditalic"}) {
        String face = map.getProperty("%s.%s.latin".formatted(font, style));
        String file = map.getProperty("filename." + face);
        assertThat(home.resolve("lib/fonts").resolve(file.replace("$JRE_LIB_FONTS/", "")))
            .as(font + " " + style)
            .hasContent(style.startsWith("bold") ? "bold" : "plain");
      }
    }
  }

  @Test
  void saysWhichPackageHasTheFont() {
    assertThatThrownBy(() -> Fonts.write(directory.resolve("jre"), directory.resolve("none")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("fonts-dejavu-core");
  }
}
