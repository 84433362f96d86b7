// The optimiser's two passes over a range of the parameters. Included once for each instruction set; see isa.h.

// Adds the shards' gradients up in their order into the first; returns the sum of its squares.
static double sumGradients(float* const* gradients, int shards, long begin, long end) {
  double squares = 0;
  long i = begin;
  HalfWide low = {}, high = {};
  for (; i + CMT_LANES <= end; i += CMT_LANES) {
    Lanes g = load(gradients[0] + i);
    for (int s = 1; s < shards; s++) g += load(gradients[s] + i);
    store(gradients[0] + i, g);
    low += lowWide(g) * lowWide(g);
    high += highWide(g) * highWide(g);
  }
  for (; i < end; i++) {
    float g = gradients[0][i];
    for (int s = 1; s < shards; s++) g += gradients[s][i];
    gradients[0][i] = g;
    squares += (double)g * g;
  }
  for (int lane = 0; lane < CMT_LANES / 2; lane++) squares += low[lane] + high[lane];
  return squares;
}

// One update of dev.cmt.flow.optim.AdamStep.
static void adam(const AdamStep& step, float* parameters, float* first, float* second, const float* gradient, long begin, long end) {
  float rate = (float)step.stepSize;
  float root = (float)(1 / step.rootCorrection);
  float clip = (float)step.clip;
  float decay = (float)step.decay;
  float beta1 = (float)step.beta1;
  float beta2 = (float)step.beta2;
  float rest1 = (float)(1 - step.beta1);
  float rest2 = (float)(1 - step.beta2);
  float epsilon = (float)step.epsilon;
  long i = begin;
  for (; i + CMT_LANES <= end; i += CMT_LANES) {
    Lanes p = load(parameters + i);
    Lanes g = load(gradient + i) * clip + p * decay;
    Lanes m = load(first + i) * beta1 + g * rest1;
    Lanes v = load(second + i) * beta2 + g * g * rest2;
    store(first + i, m);
    store(second + i, v);
    store(parameters + i, p - rate * m / (squareRoot(v) * root + epsilon));
  }
  for (; i < end; i++) {
    float p = parameters[i];
    float g = gradient[i] * clip + p * decay;
    float m = first[i] * beta1 + g * rest1;
    float v = second[i] * beta2 + g * g * rest2;
    first[i] = m;
    second[i] = v;
    parameters[i] = p - rate * m / (__builtin_sqrtf(v) * root + epsilon);
  }
}
