package dev.cmt.actors.pool;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;

/** What every actor system of the product needs of Pekko, whatever the application configures. */
public final class EngineConfig {
  /** Path of the dispatcher that gives each of its actors a thread of its own. */
  public static final String OWN_THREAD = "cmt-own-thread";

  private EngineConfig() {}

  /** Reads it; the application's own configuration fills in the rest. */
  public static Config load() {
    return load(ConfigFactory.empty());
  }

  /** Reads it beneath settings that are stronger. */
  public static Config load(Config stronger) {
    return stronger
        .withFallback(
            ConfigFactory.parseResources(
                EngineConfig.class,
                "engine.conf",
                // Or it would be empty where it is not found.
                ConfigParseOptions.defaults().setAllowMissing(false)))
        .withFallback(ConfigFactory.load());
  }
}
