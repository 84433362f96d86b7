/**
 * Where a flow's samples begin: counter-based random numbers and the base density on the unit cube.
 */
package dev.cmt.flow.base;
