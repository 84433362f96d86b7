package dev.cmt.actors.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.slf4j.event.KeyValuePair;

/**
 * Log lines for programs: a JSON object each, with {@code time} (UTC, ISO 8601), {@code level},
 * {@code logger}, {@code thread}, {@code message}, what the process works on ({@code run}, {@code
 * step}), what the line adds, and {@code error}, the stack trace, if there is one.
 */
final class JsonLines extends EncoderBase<ILoggingEvent> {
  private static final JsonFactory JSON = new JsonFactory();

  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("time", event.getInstant().toString());
      json.writeStringField("level", event.getLevel().toString());
      json.writeStringField("logger", event.getLoggerName());
      json.writeStringField("thread", event.getThreadName());
      json.writeStringField("message", event.getFormattedMessage());
      for (Map.Entry<String, Object> about : Logs.about().entrySet()) {
        write(json, about.getKey(), about.getValue());
      }
      if (event.getKeyValuePairs() != null) {
        for (KeyValuePair pair : event.getKeyValuePairs()) {
          write(json, pair.key, pair.value);
        }
      }
      if (event.getThrowableProxy() != null) {
        json.writeStringField("error", ThrowableProxyUtil.asString(event.getThrowableProxy()));
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("Memory can always be written to.", e);
    }
    line.write('\n');
    return line.toByteArray();
  }

  /** Numbers as numbers, all else as text; JSON has no number for what is not finite. */
  private static void write(JsonGenerator json, String key, Object value) throws IOException {
    if (value instanceof Integer || value instanceof Long) {
      json.writeNumberField(key, ((Number) value).longValue());
    } else if (value instanceof Double number && Double.isFinite(number)) {
      json.writeNumberField(key, number);
    } else {
      json.writeStringField(key, String.valueOf(value));
    }
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }
}
