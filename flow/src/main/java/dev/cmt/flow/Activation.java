package dev.cmt.flow;

/** Non-linearity between the linear layers of a conditioner. */
public enum Activation {
  /** max(0, x): the paper's. */
  RELU,
  /** x · sigmoid(x). */
  SILU
}
