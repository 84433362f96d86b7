package dev.cmt.buffer;

/**
 * A checkpoint as the journal knows it.
 *
 * @param name file name in the checkpoint directory
 * @param sha256 digest of its bytes, lower-case hexadecimal
 */
public record CheckpointRef(String name, String sha256) {}
