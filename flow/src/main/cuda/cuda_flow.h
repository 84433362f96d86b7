// The flow on a GPU: parameters, moments and gradient, the buffer of a fit, and the passes over a batch.
// One thread at a time; every method may be called on another thread.
#pragma once

#include <memory>

#include "gradient_step.h"
#include "product.h"
#include "spline.h"
#include "workspace.h"

namespace cmt {

// Rows in memory of the device, as a Task sees them.
struct DeviceRows {
  DeviceArray<float> u;
  DeviceArray<double> weights, logProposal;
  int count = 0;
};

class CudaFlow {
 public:
  CudaFlow(const Architecture& architecture, const double* baseNumbers, double maxRatio, int device, Rounding rounding)
      : device(chosen(device)),
        flow(architecture),
        layout(flow),
        maxRatio(maxRatio),
        mainProducts(rounding),
        sideProducts(rounding) {
    if (flow.bins < 2 || flow.bins > MAX_BINS) throw std::invalid_argument("The bins must be between 2 and 64.");
    indices(layout.size(), 1);
    layOutConstants(baseNumbers);
    for (DeviceArray<float>* array : {&parameters, &first, &second, &gradient}) {
      array->reserve(layout.size());
      main.zero(array->get(), layout.size() * sizeof(float));
    }
    squares.reserve(sumBlocks((int)layout.size()));
    squareSums.reserve(sumBlocks(sumBlocks((int)layout.size())));
    task.reserve(1);
    progress.reserve(1);
    update.reserve(1);
    main.synchronize();
  }

  // All [parameterCount] in the declared order.
  void importState(const float* values, const float* firstMoment, const float* secondMoment, long appliedUpdates,
                   long scheduleStep) {
    useDevice(device);
    upload(parameters, values);
    upload(first, firstMoment);
    upload(second, secondMoment);
    applied = appliedUpdates;
    schedule = scheduleStep;
  }

  void exportState(float* values, float* firstMoment, float* secondMoment, long* counters) {
    useDevice(device);
    download(parameters, values);
    download(first, firstMoment);
    download(second, secondMoment);
    counters[0] = applied;
    counters[1] = schedule;
  }

  // u[rows][dimension] of noise rows that begin at a stream of the counter-based random numbers, log q[rows].
  void sample(uint64_t key, uint64_t firstStream, int rows, float* u, double* logq) {
    useDevice(device);
    int pairs = (flow.dimension + 1) / 2;
    passes(rows, [&](int from, int count) {
      each(main, indices(count, pairs),
           Draw{base, key, firstStream + from, flow.dimension, pairs, inference.state, logSlopes(inference)});
      for (size_t c = 0; c < flow.couplings.size(); c++) {
        float shift = c % 2 == 1 ? flow.shifts[c / 2] : 0;
        condition(inference, c, count, 0, shift);
        transform(c, count, shift, [&](const SplineShape& shape, auto bins) {
          return SplineInverse<decltype(bins)::value>{shape, inference.tapes[c].theta, inference.state, logSlopes(inference)};
        });
      }
      density(inference, count, false);
      main.copyOut(u + (long)from * flow.dimension, inference.state, (long)count * flow.dimension * sizeof(float));
      main.copyOut(logq + from, inference.logDensity.get(), count * sizeof(double));
    });
  }

  // log q[rows] of u[rows][dimension].
  void logDensity(const float* u, int rows, double* logq) {
    useDevice(device);
    passes(rows, [&](int from, int count) {
      int values = indices(count, flow.dimension);
      main.copyIn(inference.state, u + (long)from * flow.dimension, values * sizeof(float));
      each(main, values, Clamp{inference.state, logSlopes(inference)});
      toBase(inference, count);
      density(inference, count, true);
      main.copyOut(logq + from, inference.logDensity.get(), count * sizeof(double));
    });
  }

  // Makes room for the rows of a fit, which putRows() brings.
  void openRows(int rows) {
    useDevice(device);
    reserve(fitRows, rows);
  }

  void putRows(int from, int count, const float* u, const double* weights, const double* logProposal) {
    useDevice(device);
    if (from < 0 || count < 0 || count > fitRows.count - from) throw std::invalid_argument("The rows lie outside the buffer.");
    put(fitRows, from, count, u, weights, logProposal);
  }

  // Does `steps` gradient steps on minibatches of the fit's rows. `figures` gets one a step; of `variate`, the control
  // variate's two means, the last.
  void fit(const int* rows, int steps, int batch, bool controlled, double* variate, const double* settings,
           StepFigures* figures) {
    useDevice(device);
    train(fitRows, rows, steps, batch, controlled, variate, settings, figures);
  }

  // The matrix products of a density of each row, or of a gradient step, and nothing else, on what the last step of as many
  // rows has left: no engine with the same products can be faster.
  void multiplyOnly(int rows, bool withGradient) {
    useDevice(device);
    layOutTraining(rows);
    std::unique_ptr<Graph>& floor = floors[withGradient];
    if (!floor) {
      products(rows, withGradient);
      main.synchronize();
      floor = std::make_unique<Graph>(main, [&] { products(rows, withGradient); });
    }
    floor->launch(main);
    main.synchronize();
  }

  // One gradient step on rows of the host, the control variate's coefficient being given.
  void train(const float* u, const double* weights, const double* logProposal, double control, int batch, const double* settings,
             StepFigures* figures) {
    useDevice(device);
    std::vector<int> order = bring(u, weights, logProposal, batch);
    double variate[] = {control, 1};
    train(minibatch, order.data(), 1, batch, true, variate, settings, figures);
  }

 private:
  // Rows of one pass without training: enough to fill a GPU, and few enough for its caches.
  static const int PASS_ROWS = 8192;

  template <int K>
  struct Bins {
    static const int value = K;
  };

  static int chosen(int device) {
    int count = deviceCount();
    if (device < 0 || device >= count) {
      throw DeviceError(UNAVAILABLE, "there is no GPU " + std::to_string(device) + "; the driver sees " + std::to_string(count));
    }
    useDevice(device);
    return device;
  }

  void layOutConstants(const double* baseNumbers) {
    std::vector<char> normal(flow.dimension, 0);
    for (int column : flow.normalColumns) normal[column] = 1;
    normalColumns.reserve(flow.dimension);
    main.copyIn(normalColumns.get(), normal.data(), normal.size());
    base = {normalColumns.get(),
            (float)baseNumbers[0],
            (float)(1 / (baseNumbers[1] * baseNumbers[1])),
            baseNumbers[1],
            baseNumbers[3],
            baseNumbers[2] * flow.normalColumns.size()};
    std::vector<int> all;
    for (const Coupling& coupling : flow.couplings) {
      transformedAt.push_back(all.size());
      all.insert(all.end(), coupling.transformed.begin(), coupling.transformed.end());
      conditioningAt.push_back(all.size());
      all.insert(all.end(), coupling.conditioning.begin(), coupling.conditioning.end());
    }
    columns.reserve(all.size());
    main.copyIn(columns.get(), all.data(), all.size() * sizeof(int));
  }

  double* logSlopes(Workspace& space) { return space.logSlopes.get(); }

  // --- Passes through the couplings -----------------------------------------------------------------------------------

  template <typename Body>
  void passes(int rows, Body body) {
    for (int from = 0; from < rows; from += PASS_ROWS) {
      int count = std::min(PASS_ROWS, rows - from);
      if (count > inferenceRows) {
        inferenceRows = 0;
        inference.reserve(flow, layout, count, false);
        inferenceRows = count;
      }
      body(from, count);
    }
  }

  // y[rows][outputs] = x[rows][inputs] Wᵀ, with what the epilogue does.
  void forward(const DeviceLayer& layer, int rows, const float* x, float* y, Epilogue epilogue) {
    Product shape{true, false, layer.outputs, rows, layer.inputs, layer.inputs, layer.inputs, layer.outputs, epilogue};
    multiplyWithBias(mainProducts, main, shape, parameters.get() + layer.weight, x, y, parameters.get() + layer.bias);
  }

  // Runs coupling c's network on the state; theta is its output.
  void condition(Workspace& space, size_t c, int rows, float shiftBefore, float shiftAfter) {
    const Coupling& coupling = flow.couplings[c];
    const std::vector<DeviceLayer>& layers = layout.layers(c);
    const Tape& tape = space.tapes[c];
    int conditions = (int)coupling.conditioning.size();
    each(main, indices(rows, layers[0].inputs),
         Encode{columns.get() + conditioningAt[c], conditions, coupling.plainConditioning, layers[0].inputs, flow.dimension,
                shiftBefore, shiftAfter, space.state, tape.input});
    const float* x = tape.input;
    for (size_t l = 0; l + 1 < layers.size(); l++) {
      const DeviceLayer& layer = layers[l];
      forward(layer, rows, x, tape.before[l], layer.declared.activation == RELU ? BIAS_RELU : BIAS);
      if (layer.declared.activation == SILU) {
        each(main, indices(rows, layer.outputs), Silu{tape.before[l], tape.hidden[l]});
      }
      x = tape.hidden[l];
    }
    forward(layers.back(), rows, x, tape.theta, BIAS);
  }

  template <typename Make>
  void transform(size_t c, int rows, float shift, Make make) {
    const Coupling& coupling = flow.couplings[c];
    int transformed = (int)coupling.transformed.size();
    SplineShape shape{columns.get() + transformedAt[c], transformed, coupling.plainTransformed, flow.bins,
                      layout.layers(c).back().outputs, flow.dimension, shift};
    int items = indices(rows, transformed);
    if (flow.bins == 8) {
      each(main, items, make(shape, Bins<8>()));
    } else if (flow.bins == 16) {
      each(main, items, make(shape, Bins<16>()));
    } else {
      each(main, items, make(shape, Bins<0>()));
    }
  }

  void toBase(Workspace& space, int rows) {
    for (size_t c = flow.couplings.size(); c-- > 0;) {
      // A coupling and its conditioner see disjoint columns, which together are all: each shifts its own.
      float shift = c % 2 == 1 ? -flow.shifts[c / 2] : 0;
      condition(space, c, rows, shift, 0);
      const Tape& tape = space.tapes[c];
      transform(c, rows, shift, [&](const SplineShape& shape, auto bins) {
        return SplineForward<decltype(bins)::value>{shape, tape.theta, space.state, tape.point, logSlopes(space)};
      });
    }
  }

  void density(Workspace& space, int rows, bool endsInBase) {
    each(main, rows, RowDensity{base, flow.dimension, endsInBase, space.state, logSlopes(space), space.logDensity.get()});
  }

  // --- Gradients ------------------------------------------------------------------------------------------------------

  // From factors of the rows to d loss / d parameters. The shifts between pairs leave slopes as they are.
  void backward(int rows) {
    int values = indices(rows, flow.dimension);
    each(main, values, BaseSlope{base, flow.dimension, training.factors, training.state, training.slope});
    for (size_t c = 0; c < flow.couplings.size(); c++) {
      const Tape& tape = training.tapes[c];
      transform(c, rows, 0, [&](const SplineShape& shape, auto bins) {
        return SplineBackward<decltype(bins)::value>{shape, tape.theta, tape.point, training.factors, training.slope};
      });
      conditionBackward(c, rows);
    }
    each(main, layout.biasCount(),
         BiasGradient{biasBlocks(rows), layout.biasCount(), biasParts.get(), gradient.get() + layout.biases()});
  }

  // The gradients of matrices are computed on a stream beside the main one, which goes on to the layer below.
  void conditionBackward(size_t c, int rows) {
    const Coupling& coupling = flow.couplings[c];
    const std::vector<DeviceLayer>& layers = layout.layers(c);
    const Tape& tape = training.tapes[c];
    float* g = tape.theta;
    for (size_t l = layers.size(); l-- > 0;) {
      const DeviceLayer& layer = layers[l];
      bool last = l + 1 == layers.size();
      each(main, indices(biasBlocks(rows), layer.outputs),
           ActivationBackward{rows, layer.outputs, layer.declared.activation, last ? g : tape.hidden[l], last ? g : tape.before[l],
                              g, biasParts.get() + (layer.bias - layout.biases()), layout.biasCount()});
      g = through(layer, rows, inputOf(tape, l), g, slopeOfInput(l));
    }
    int conditions = (int)coupling.conditioning.size();
    each(main, indices(rows, conditions),
         EncodeBackward{columns.get() + conditioningAt[c], conditions, coupling.plainConditioning, layers[0].inputs,
                        flow.dimension, tape.input, g, training.slope});
    // The next coupling takes the same slopes of hidden layers.
    main.waitFor(side);
  }

  static float* inputOf(const Tape& tape, size_t layer) { return layer == 0 ? tape.input : tape.hidden[layer - 1]; }

  float* slopeOfInput(size_t layer) const { return layer == 0 ? training.inputSlope : training.hiddenSlopes[layer - 1]; }

  // A layer's two products on the way back: from slopes g of its output to the gradient of W, and to slopes of its input x.
  float* through(const DeviceLayer& layer, int rows, const float* x, const float* g, float* below) {
    Product weights{false, true, layer.inputs, layer.outputs, rows, layer.inputs, layer.outputs, layer.inputs, PLAIN};
    side.waitFor(main);
    sideProducts.multiply(side, weights, x, g, gradient.get() + layer.weight, nullptr);
    Product inputs{false, false, layer.inputs, rows, layer.outputs, layer.inputs, layer.outputs, layer.inputs, PLAIN};
    mainProducts.multiply(main, inputs, parameters.get() + layer.weight, g, below, nullptr);
    return below;
  }

  void products(int rows, bool withGradient) {
    for (size_t c = 0; c < flow.couplings.size(); c++) {
      const std::vector<DeviceLayer>& layers = layout.layers(c);
      const Tape& tape = training.tapes[c];
      for (size_t l = 0; l < layers.size(); l++) {
        bool last = l + 1 == layers.size();
        forward(layers[l], rows, inputOf(tape, l), last ? tape.theta : tape.before[l], PLAIN);
      }
      float* g = tape.theta;
      for (size_t l = layers.size(); withGradient && l-- > 0;) {
        g = through(layers[l], rows, inputOf(tape, l), g, slopeOfInput(l));
      }
      if (withGradient) main.waitFor(side);
    }
  }

  static int biasBlocks(int rows) { return (rows + BIAS_ROWS - 1) / BIAS_ROWS; }

  // All of this is enqueued, or captured, without a wait.
  void step(int batch) {
    each(main, indices(batch, flow.dimension),
         Gather{task.get(), progress.get(), batch, flow.dimension, training.state, logSlopes(training)});
    toBase(training, batch);
    each(main, batch,
         RowFactor{base, task.get(), progress.get(), batch, flow.dimension, maxRatio, training.state, logSlopes(training),
                   training.factors, training.terms.get()});
    backward(batch);
    blockSums<3>(main, batch, RowTerms{training.terms.get()}, termParts.get());
    int count = (int)layout.size();
    blockSums<1>(main, count, Squares{gradient.get()}, squares.get());
    blockSums<1>(main, sumBlocks(count), Partial{squares.get()}, squareSums.get());
    each(main, 1,
         Judge{task.get(), progress.get(), update.get(), batch, sumBlocks(batch), sumBlocks(sumBlocks(count)), termParts.get(),
               squareSums.get()});
    each(main, count, Adam{update.get(), gradient.get(), parameters.get(), first.get(), second.get()});
  }

  // --- Runs of gradient steps -----------------------------------------------------------------------------------------

  // The workspace of a batch size. Graphs hold on to it, so they end with it.
  void layOutTraining(int batch) {
    if (batch == trainingRows) return;
    graph.reset();
    for (std::unique_ptr<Graph>& floor : floors) floor.reset();
    trainingRows = 0;
    warm = false;
    training.reserve(flow, layout, batch, true);
    long parts = (long)biasBlocks(batch) * layout.biasCount();
    biasParts.reserve(parts);
    main.zero(biasParts.get(), parts * sizeof(float));  // between the biases of two layers nobody writes
    termParts.reserve(3L * sumBlocks(batch));
    trainingRows = batch;
  }

  // Brings on the device what `steps` steps need.
  void prepare(const DeviceRows& source, const int* rows, int steps, int batch, bool controlled, const double* variate,
               const double* settings) {
    layOutTraining(batch);
    order.reserve((long)steps * batch);
    main.copyIn(order.get(), rows, (long)steps * batch * sizeof(int));
    stepFigures.reserve(steps);
    Task work{source.u.get(), source.weights.get(), source.logProposal.get(), order.get(), stepFigures.get(), controlled,
              settings[0], settings[1], settings[2], (long)settings[3], (long)settings[4]};
    main.copyIn(task.get(), &work, sizeof work);
    Progress start{applied, schedule, 0, variate[0], variate[1]};
    main.copyIn(progress.get(), &start, sizeof start);
  }

  void train(const DeviceRows& source, const int* rows, int steps, int batch, bool controlled, double* variate,
             const double* settings, StepFigures* figures) {
    prepare(source, rows, steps, batch, controlled, variate, settings);
    int done = 0;
    if (!warm) {
      // The first step of a batch size is not captured: it loads kernels and chooses products, which a capture must not.
      step(batch);
      warm = true;
      done = 1;
    }
    if (!graph && done < steps) graph = std::make_unique<Graph>(main, [&] { step(batch); });
    for (; done < steps; done++) graph->launch(main);
    main.copyOut(figures, stepFigures.get(), steps * sizeof(StepFigures));
    Progress end;
    main.copyOut(&end, progress.get(), sizeof end);
    applied = end.applied;
    schedule = end.schedule;
    variate[0] = end.weightRatio;
    variate[1] = end.squaredRatio;
  }

  // Rows of the host as a minibatch of their own; returns their order.
  std::vector<int> bring(const float* u, const double* weights, const double* logProposal, int batch) {
    reserve(minibatch, batch);
    put(minibatch, 0, batch, u, weights, logProposal);
    std::vector<int> order(batch);
    for (int row = 0; row < batch; row++) order[row] = row;
    return order;
  }

  void reserve(DeviceRows& rows, int count) {
    rows.count = 0;
    rows.u.reserve((long)count * flow.dimension);
    rows.weights.reserve(count);
    rows.logProposal.reserve(count);
    rows.count = count;
  }

  void put(DeviceRows& rows, int from, int count, const float* u, const double* weights, const double* logProposal) {
    main.copyIn(rows.u.get() + (long)from * flow.dimension, u, (long)count * flow.dimension * sizeof(float));
    main.copyIn(rows.weights.get() + from, weights, count * sizeof(double));
    main.copyIn(rows.logProposal.get() + from, logProposal, count * sizeof(double));
  }

  void upload(DeviceArray<float>& to, const float* declared) {
    main.copyIn(to.get(), layout.pack(declared).data(), layout.size() * sizeof(float));
  }

  void download(DeviceArray<float>& from, float* declared) {
    std::vector<float> packed(layout.size());
    main.copyOut(packed.data(), from.get(), layout.size() * sizeof(float));
    layout.unpack(packed, declared);
  }

  const int device;
  const Architecture flow;
  const ParameterLayout layout;
  const double maxRatio;
  Stream main, side;
  Products mainProducts, sideProducts;
  Base base{};
  DeviceArray<char> normalColumns;
  DeviceArray<int> columns;
  std::vector<size_t> transformedAt, conditioningAt;  // in `columns`, of each coupling
  DeviceArray<float> parameters, first, second, gradient;
  Workspace inference, training;
  int inferenceRows = 0;
  DeviceArray<float> biasParts;
  DeviceArray<double> termParts, squares, squareSums;
  DeviceRows fitRows, minibatch;
  DeviceArray<int> order;
  DeviceArray<StepFigures> stepFigures;
  DeviceArray<Task> task;
  DeviceArray<Progress> progress;
  DeviceArray<Update> update;
  std::unique_ptr<Graph> graph, floors[2];
  int trainingRows = 0;
  bool warm = false;
  long applied = 0, schedule = 0;
};

}  // namespace cmt
