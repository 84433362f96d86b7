package dev.cmt.actors.bundle;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What native code needs of the machine it runs on. */
final class SharedLibraries {
  /** The one thing every bundle expects to find: it must fit the kernel and the loader. */
  private static final Pattern GLIBC =
      Pattern.compile(
          "(ld-linux.*|linux-vdso|lib(c|m|dl|pthread|rt|resolv|util|nsl|anl|mvec))\\.so\\.\\d+");

  /**
   * What a machine with a GPU has anyway, or must be given: cuBLASLt alone is twice the size of a
   * bundle, and needed only there.
   */
  private static final Pattern CUDA = Pattern.compile("lib(cuda|cublas|cublasLt)\\.so\\.\\d+");

  private static final Pattern FOUND = Pattern.compile("\\s*(\\S+) => (/.*) \\(0x[0-9a-f]+\\)");
  private static final Pattern MISSING = Pattern.compile("\\s*(\\S+) => not found");
  private static final byte[] VERSION = "GLIBC_2.".getBytes(StandardCharsets.US_ASCII);

  private SharedLibraries() {}

  /**
   * Libraries of this machine that files of a bundle need, by the names they are asked for.
   *
   * @param files ELF files of the bundle
   * @param bundle what already lies in it is not the machine's
   * @throws BundleException if this machine cannot load the files either
   */
  static SortedMap<String, Path> needed(List<Path> files, Path bundle)
      throws IOException, InterruptedException {
    Set<String> own = Set.copyOf(files.stream().map(f -> f.getFileName().toString()).toList());
    SortedMap<String, Path> needed = new TreeMap<>();
    for (String line : ldd(files)) {
      Matcher found = FOUND.matcher(line);
      Matcher missing = MISSING.matcher(line);
      if (found.matches()) {
        String name = found.group(1);
        Path path = Path.of(found.group(2));
        if (!isTheMachines(name) && !own.contains(name) && !path.startsWith(bundle)) {
          needed.put(name, path);
        }
      } else if (missing.matches()
          && !isTheMachines(missing.group(1))
          && !own.contains(missing.group(1))) {
        throw new BundleException(
            "The library %s is not on this machine, yet the bundle needs it. ./cmt doctor tells what is missing."
                .formatted(missing.group(1)));
      }
    }
    return needed;
  }

  private static boolean isTheMachines(String library) {
    return GLIBC.matcher(library).matches() || CUDA.matcher(library).matches();
  }

  /**
   * The oldest glibc, 2.N, that has all symbols which files ask for.
   *
   * @return N
   */
  static int oldestGlibc(List<Path> files) throws IOException {
    int newest = 0;
    for (Path file : files) {
      newest = Math.max(newest, oldestGlibc(file));
    }
    return newest;
  }

  /** Symbols' versions stand in an ELF file as plain text. */
  private static int oldestGlibc(Path file) throws IOException {
    int newest = 0;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 20)) {
      int matched = 0;
      int octet = in.read();
      while (octet >= 0) {
        if (octet == VERSION[matched]) {
          matched++;
          octet = in.read();
          if (matched == VERSION.length) {
            int number = 0;
            while (octet >= '0' && octet <= '9' && number < 1000) {
              number = 10 * number + octet - '0';
              octet = in.read();
            }
            newest = Math.max(newest, number);
            matched = 0;
          }
        } else if (matched > 0) {
          matched = 0; // and look at this byte again: it may be the first
        } else {
          octet = in.read();
        }
      }
    }
    return newest;
  }

  private static List<String> ldd(List<Path> files) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ldd"));
    files.forEach(file -> command.add(file.toString()));
    Process ldd;
    try {
      ldd = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new BundleException("ldd, which comes with glibc, does not start.", e);
    }
    try (InputStream out = ldd.getInputStream()) {
      List<String> lines = new String(out.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      int code = ldd.waitFor();
      if (code != 0) {
        throw new BundleException("ldd failed: " + String.join(" ", lines));
      }
      return lines;
    }
  }
}
