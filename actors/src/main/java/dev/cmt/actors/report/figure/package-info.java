/**
 * How a figure is drawn: one house style in a light and a dark variant, line charts, histograms and
 * heat maps, and their PNG files. Knows numbers and labels, nothing of runs or molecules.
 * Invariants: the same input gives the same pixels on the same machine; every figure exists in both
 * themes, at twice its nominal size; series colours tell apart for the colour-blind; colour maps
 * are monotone in lightness.
 */
package dev.cmt.actors.report.figure;
