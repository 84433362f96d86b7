package dev.cmt.actors.cluster;

/**
 * A message that travels as CBOR. Fields may be added in a minor version: readers ignore what they
 * do not know.
 */
interface ControlMessage {}
