/**
 * What approximates the density? A {@link dev.cmt.flow.Flow} is a normalizing flow on the unit
 * cube: it samples with exact log-densities and is fitted by weighted maximum likelihood. Nothing
 * here knows molecules, files of a run or actors. Invariants: unit coordinates and parameters are
 * float32, log-densities float64 in the unit cube's measure; the same parameters in the same
 * declared order mean the same flow on every engine.
 */
package dev.cmt.flow;
