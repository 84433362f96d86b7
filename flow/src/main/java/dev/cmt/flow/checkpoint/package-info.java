/**
 * A flow as bytes that others can read: the safetensors format, and how a flow's state is laid out
 * in it. Writing files is others' work. Invariants: what was encoded decodes to the same bits; a
 * malformed input is refused with its reason and never read past its end.
 */
package dev.cmt.flow.checkpoint;
