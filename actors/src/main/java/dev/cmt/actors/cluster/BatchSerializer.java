package dev.cmt.actors.cluster;

import java.nio.ByteBuffer;
import org.apache.pekko.serialization.ByteBufferSerializer;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/** Batches on the wire, in the transport's own buffers: see {@link BatchFrame}. */
final class BatchSerializer extends SerializerWithStringManifest implements ByteBufferSerializer {
  /** Part of the protocol; 0 to 40 are Pekko's. */
  private static final int IDENTIFIER = 734_001;

  /** The frame says all; the manifest only tells it from what a later version may add. */
  private static final String MANIFEST = "b";

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    return MANIFEST;
  }

  @Override
  public byte[] toBinary(Object message) {
    BulkMessage bulk = bulk(message);
    ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(BatchFrame.size(bulk)));
    BatchFrame.write(bulk, buffer);
    return buffer.array();
  }

  @Override
  public void toBinary(Object message, ByteBuffer into) {
    BatchFrame.write(bulk(message), into);
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) {
    return fromBinary(ByteBuffer.wrap(bytes), manifest);
  }

  @Override
  public Object fromBinary(ByteBuffer from, String manifest) {
    if (!manifest.equals(MANIFEST)) {
      throw new FrameException(
          "A batch of kind \"%s\" comes from a newer build; this one knows \"%s\"."
              .formatted(manifest, MANIFEST));
    }
    return BatchFrame.read(from);
  }

  private static BulkMessage bulk(Object message) {
    if (message instanceof BulkMessage bulk) {
      return bulk;
    }
    throw new IllegalArgumentException("%s is no batch.".formatted(message.getClass()));
  }
}
