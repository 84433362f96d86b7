/**
 * How a flow is put together, apart from any engine that computes it: which coordinates a coupling
 * transforms, given which others, and where its parameters lie. Everything here is immutable.
 */
package dev.cmt.flow.coupling;
