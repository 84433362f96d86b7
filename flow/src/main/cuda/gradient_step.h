// One gradient step around its forward and backward pass: from a minibatch of the buffer to a row's factor in the loss, and
// from the gradient to the update. All that changes from step to step lies on the device, so that one graph does them all.
#pragma once

#include "noise.h"

namespace cmt {

// dev.cmt.flow.TrainingStep.
struct StepFigures {
  double loss, norm, weightRatio, squaredRatio;
  int applied;
};

// What a run of gradient steps works on.
struct Task {
  const float* u;             // [rows of the buffer][dimension]
  const double* weights;      // of the buffer
  const double* logProposal;  // of the buffer
  const int* rows;            // [steps][batch], rows of the buffer
  StepFigures* figures;       // [steps]
  int controlled;
  // dev.cmt.flow.OptimizerSettings.
  double rate, decay, maxNorm;
  long warmup, total;
};

// Where training stands. weightRatio and squaredRatio are dev.cmt.flow.ControlVariate.
struct Progress {
  long applied, schedule;
  int step;  // of the task
  double weightRatio, squaredRatio;
};

// dev.cmt.flow.optim.AdamStep of this step, and the numbers that are the same for all.
struct Update {
  int applied;
  float clip, decay, rate, inverseRoot;
};

const double BETA1 = 0.9;
const double BETA2 = 0.999;
const double EPSILON = 1e-8;

// Item i: one value of the minibatch, clamped to [0, 1].
struct Gather {
  const Task* task;
  const Progress* progress;
  int batch, dimension;
  float* state;
  double* logSlopes;

  CMT_DEVICE void operator()(int i) const {
    int row = i / dimension, column = i - row * dimension;
    float x = task->u[(long)task->rows[(long)progress->step * batch + row] * dimension + column];
    state[i] = x < 0 ? 0 : x > 1 ? 1 : x;
    logSlopes[i] = 0;
  }
};

// Item i: one value that lies in the state already, clamped to [0, 1].
struct Clamp {
  float* state;
  double* logSlopes;

  CMT_DEVICE void operator()(int i) const {
    float x = state[i];
    state[i] = x < 0 ? 0 : x > 1 ? 1 : x;
    logSlopes[i] = 0;
  }
};

// log q of a row: what its columns have gathered, and where they are in the base if it ends there.
CMT_DEVICE double rowDensity(const Base& base, int dimension, const float* state, const double* logSlopes, bool endsInBase) {
  double sum = 0;
  for (int column = 0; column < dimension; column++) {
    sum += logSlopes[column];
    if (endsInBase) sum += base.logDensity(column, state[column]);
  }
  return sum - base.constant;
}

// Item i: a row.
struct RowDensity {
  Base base;
  int dimension;
  bool endsInBase;
  const float* state;
  const double* logSlopes;
  double* logDensity;

  CMT_DEVICE void operator()(int row) const {
    long at = (long)row * dimension;
    logDensity[row] = rowDensity(base, dimension, state + at, logSlopes + at, endsInBase);
  }
};

// Item i: a row of the minibatch. What its log q counts in the loss, its weight less the control variate, and its terms of
// the figures: w log q, w r, r^2 with r = q / q_i.
struct RowFactor {
  Base base;
  const Task* task;
  const Progress* progress;
  int batch, dimension;
  double maxRatio;
  const float* state;
  const double* logSlopes;
  float* factors;
  double* terms;

  CMT_DEVICE void operator()(int row) const {
    long at = (long)row * dimension;
    int source = task->rows[(long)progress->step * batch + row];
    double logDensity = rowDensity(base, dimension, state + at, logSlopes + at, true);
    double weight = task->weights[source];
    double ratio = exp(logDensity - task->logProposal[source]);
    ratio = ratio > maxRatio ? maxRatio : ratio;
    double control = progress->weightRatio / progress->squaredRatio;
    control = !task->controlled || control < 0 ? 0 : control > 1 ? 1 : control;
    factors[row] = (float)(-1.0 / batch * (weight - control * ratio));
    terms[3L * row] = weight * logDensity;
    terms[3L * row + 1] = weight * ratio;
    terms[3L * row + 2] = ratio * ratio;
  }
};

struct RowTerms {
  const double* terms;

  CMT_DEVICE void operator()(int row, double* sums) const {
    for (int n = 0; n < 3; n++) sums[n] += terms[3L * row + n];
  }
};

// Item i: one value. The slope of the factors times the base's log-density.
struct BaseSlope {
  Base base;
  int dimension;
  const float* factors;
  const float* state;
  float* slope;

  CMT_DEVICE void operator()(int i) const {
    int row = i / dimension;
    slope[i] = factors[row] * base.slope(i - row * dimension, state[i]);
  }
};

struct Squares {
  const float* values;

  CMT_DEVICE void operator()(int i, double* sum) const { *sum += (double)values[i] * values[i]; }
};

// Sums of blocks, to be added up by fewer.
struct Partial {
  const double* sums;

  CMT_DEVICE void operator()(int i, double* sum) const { *sum += sums[i]; }
};

// The learning rate of dev.cmt.flow.OptimizerSettings.rateAt.
CMT_DEVICE double rateAt(const Task& task, long step) {
  double warmup = task.warmup == 0 || step > task.warmup ? 1 : step / (double)task.warmup;
  double progress = step > task.total ? 1 : step / (double)task.total;
  return task.rate * warmup * 0.5 * (1 + cos(3.14159265358979323846 * progress));
}

CMT_DEVICE bool isNumber(double x) { return x - x == 0; }

// One item: adds up what blocks have left, writes down the step's figures, decides whether and how far to step, and moves on.
struct Judge {
  const Task* task;
  Progress* progress;
  Update* update;
  int batch, termBlocks, squareBlocks;
  const double* terms;    // [termBlocks][3]
  const double* squares;  // [squareBlocks]

  CMT_DEVICE void operator()(int) const {
    double sums[3] = {};
    for (int block = 0; block < termBlocks; block++) {
      for (int n = 0; n < 3; n++) sums[n] += terms[3 * block + n];
    }
    double square = 0;
    for (int block = 0; block < squareBlocks; block++) square += squares[block];
    StepFigures& figures = task->figures[progress->step];
    figures.loss = -sums[0] / batch;
    figures.norm = sqrt(square);
    figures.weightRatio = sums[1] / batch;
    figures.squaredRatio = sums[2] / batch;
    figures.applied = isNumber(figures.loss) && isNumber(figures.norm);
    update->applied = figures.applied;
    if (figures.applied) {
      double t = progress->applied + 1;
      double clip = task->maxNorm / (figures.norm + 1e-6);
      update->clip = (float)(clip < 1 ? clip : 1);
      update->decay = (float)task->decay;
      update->rate = (float)(rateAt(*task, progress->schedule) / (1 - pow(BETA1, t)));
      update->inverseRoot = (float)(1 / sqrt(1 - pow(BETA2, t)));
      progress->applied++;
      // Remembers about the last ten minibatches.
      progress->weightRatio += 0.1 * (figures.weightRatio - progress->weightRatio);
      progress->squaredRatio += 0.1 * (figures.squaredRatio - progress->squaredRatio);
    }
    progress->schedule++;
    progress->step++;
  }
};

// Item i: a parameter. The update of dev.cmt.flow.optim.AdamStep.
struct Adam {
  const Update* update;
  const float* gradient;
  float *parameters, *first, *second;

  CMT_DEVICE void operator()(int i) const {
    if (!update->applied) return;
    float p = parameters[i];
    float g = gradient[i] * update->clip + p * update->decay;
    float m = first[i] * (float)BETA1 + g * (float)(1 - BETA1);
    float v = second[i] * (float)BETA2 + g * g * (float)(1 - BETA2);
    first[i] = m;
    second[i] = v;
    parameters[i] = p - update->rate * m / (sqrtf(v) * update->inverseRoot + (float)EPSILON);
  }
};

}  // namespace cmt
