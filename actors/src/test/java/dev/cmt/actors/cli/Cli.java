package dev.cmt.actors.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * What a command line did.
 *
 * @param code its exit code
 * @param out what it printed
 * @param err what it printed to standard error
 */
record Cli(int code, String out, String err) {
  static Cli run(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), words);
    return new Cli(code, out.toString(), err.toString());
  }
}
