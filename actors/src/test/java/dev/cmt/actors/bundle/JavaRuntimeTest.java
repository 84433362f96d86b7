package dev.cmt.actors.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class JavaRuntimeTest {

  /** Asks the JDK, so that a new dependency cannot ask for a module that bundles lack. */
  @Test
  void hasEveryModuleThatTheProductRefersTo() throws Exception {
    StringWriter said = new StringWriter();
    PrintWriter writer = new PrintWriter(said);
    String product =
        Bundle.class.getProtectionDomain().getCodeSource().getLocation().toURI().getPath();

    int code =
        ToolProvider.findFirst("jdeps")
            .orElseThrow()
            .run(
                writer,
                writer,
                "--multi-release=17",
                "--ignore-missing-deps",
                "--print-module-deps",
                "--class-path=" + System.getProperty("java.class.path"),
                product);

    assertThat(code).as(said.toString()).isZero();
    List<String> modules =
        Stream.of(said.toString().strip().split(",")).filter(m -> m.matches("[a-z.]+")).toList();
    assertThat(modules).contains("java.base", "java.desktop");
    assertThat(JavaRuntime.MODULES).containsAll(modules);
  }
}
