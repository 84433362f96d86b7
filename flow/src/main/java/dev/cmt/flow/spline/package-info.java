/**
 * Monotone rational-quadratic splines of the unit interval (Durkan, Bekasov, Murray, Papamakarios:
 * Neural spline flows, NeurIPS 2019), written for one number at a time in float64: the definition
 * that the engines' batched versions are held against. Invariants: 0 maps to 0 and 1 to 1, every
 * slope is above 0, and the inverse is exact up to rounding.
 */
package dev.cmt.flow.spline;
