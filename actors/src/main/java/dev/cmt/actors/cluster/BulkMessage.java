package dev.cmt.actors.cluster;

/** A message with arrays, which travels as {@link BatchFrame} says. */
sealed interface BulkMessage permits Samples, Energies, FilePiece {}
