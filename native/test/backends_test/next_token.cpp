// Next-token training on the device, through the C ABI, against the processor's.

#include "next_token_fixture.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "backends.h"

namespace {

struct Optimized {
  wm_optimizer_options options;
  double rate;
};
const std::vector<Optimized> optimizers = {
    {{WM_SGD, 0.0, 0.9, 0.999, 1e-8, 0.01}, 0.5},      {{WM_SGD, 0.9, 0.9, 0.999, 1e-8, 0.0}, 0.1},
    {{WM_ADAGRAD, 0.0, 0.9, 0.999, 1e-4, 0.001}, 0.1}, {{WM_ADAM, 0.0, 0.9, 0.99, 1e-3, 0.0}, 0.01},
    {{WM_ADAMW, 0.0, 0.9, 0.99, 1e-3, 0.1}, 0.01},
};

/// Largest difference of any weight after both have trained, relative to the size of weights, which is about 1.
struct Difference {
  double weights = 0.0;
  double loss = 0.0;
};

Difference compare(const TestedDevice& tested, const Sequence& sequence, wm_next_token_options options,
                   uint64_t columns, bool tied, bool map, bool countedOnly = false) {
  Network onProcessor(options, sequence.get(), columns, tied, map);
  Network onDevice(options, sequence.get(), columns, tied, map);
  onProcessor.tables.counted_only = countedOnly ? 1 : 0;
  onDevice.tables.counted_only = countedOnly ? 1 : 0;
  const std::vector<float> before = onProcessor.all();
  const double expectedLoss = train(sequence, onProcessor, options);
  options.device = tested.device;
  const double loss = train(sequence, onDevice, options);
  const std::vector<float> expected = onProcessor.all();
  const std::vector<float> found = onDevice.all();
  Difference out;
  bool moved = false;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::fabs(static_cast<double>(found[i]) - static_cast<double>(expected[i]));
    if (!(difference <= out.weights)) out.weights = difference;
    moved = moved || std::fabs(expected[i] - before[i]) > 0.01F;
  }
  CHECK(moved);
  out.loss = std::fabs(loss - expectedLoss);
  return out;
}

void checkNear(const Difference& difference) {
  CHECK_NEAR(difference.weights, 0.0, 1e-4);
  CHECK_NEAR(difference.loss, 0.0, 1e-5);
}

/// Every kind of network, with lengths of rows that are and are not multiples of 4, and all optimisers in turn.
void testKinds(const TestedDevice& tested) {
  const Sequence sequence = sequenceOf(viewOf(corpusOf(chainText(12, 60))));
  size_t next = 0;
  std::vector<Kind> all = kinds;
  all.push_back({WM_NEXT_TOKEN_SAMPLED, WM_CONTEXT_MEAN, false, false});
  all.push_back({WM_NEXT_TOKEN_SAMPLED, WM_CONTEXT_CONCATENATED, true, true});
  all.push_back({WM_NEXT_TOKEN_SAMPLED, WM_CONTEXT_MEAN, true, false});
  for (const Kind& kind : all) {
    for (const uint64_t columns : {1, 5, 12}) {
      const Optimized& optimized = optimizers[next++ % optimizers.size()];
      wm_next_token_options options = optionsOf(kind);
      options.batch_size = 37;
      options.optimizer = optimized.options;
      options.learning_rate = optimized.rate;
      checkNear(compare(tested, sequence, options, columns, kind.tied, kind.map));
    }
  }
}

/// Every optimiser with each objective, through schedules and two epochs.
void testOptimizers(const TestedDevice& tested) {
  const Sequence sequence = sequenceOf(viewOf(corpusOf(chainText(6, 30))));
  for (const Optimized& optimized : optimizers) {
    for (const Kind& kind : {kinds[1], kinds[5], kinds[8]}) {
      wm_next_token_options options = optionsOf(kind);
      options.context_size = 2;
      options.batch_size = 30;
      options.epochs = 2;
      options.schedule = WM_RATE_COSINE;
      options.warmup = 0.2;
      options.optimizer = optimized.options;
      options.learning_rate = optimized.rate;
      checkNear(compare(tested, sequence, options, 8, kind.tied, kind.map));
    }
  }
}

/// More examples than have their logits made together, more rows than a slice of a product, more contexts of one row
/// than a piece of a sum, and a row that is wider than a warp.
void testSizes(const TestedDevice& tested) {
  const Sequence large = sequenceOf(viewOf(corpusOf(chainText(60, 400))));
  for (const size_t kind : {1, 2, 8}) {
    wm_next_token_options options = optionsOf(kinds[kind]);
    options.batch_size = 600;
    options.samples = 300;
    options.learning_rate = 2.0;
    checkNear(compare(tested, large, options, 4, kinds[kind].tied, kinds[kind].map));
  }
  const Sequence frequent = sequenceOf(viewOf(corpusOf(chainText(40, 3))));
  for (const size_t kind : {1, 3, 6, 7}) {
    wm_next_token_options options = optionsOf(kinds[kind]);
    options.batch_size = 256;
    checkNear(compare(tested, frequent, options, 6, kinds[kind].tied, kinds[kind].map));
  }
  const Sequence small = sequenceOf(viewOf(corpusOf(chainText(4, 20))));
  for (const size_t kind : {0, 5, 8}) {
    wm_next_token_options options = optionsOf(kinds[kind]);
    checkNear(compare(tested, small, options, 133, kinds[kind].tied, kinds[kind].map));
    options.batch_size = 1;
    options.learning_rate = 0.2;
    checkNear(compare(tested, small, options, 3, kinds[kind].tied, kinds[kind].map));
  }
}

/// Rows that have no part in the softmax.
void testUncountedRows(const TestedDevice& tested) {
  wm_view_options rules = viewOptions();
  const Owned<wm_keys> words = keysOf({"x", "a", "y", "b", "c", "z"});
  rules.vocabulary = words.get();
  const Sequence sequence = sequenceOf(viewOf(corpusOf("a b c a\nc b a\nb a c c\n"), rules));
  for (const Kind& kind : kinds) {
    if (kind.objective == WM_NEXT_TOKEN_TREE) continue;
    for (const uint64_t columns : {4, 7}) {
      checkNear(compare(tested, sequence, optionsOf(kind), columns, kind.tied, kind.map, true));
    }
  }
}

/// The same result in every run, and in parts of a run.
void testRepeats(const TestedDevice& tested) {
  const Sequence sequence = sequenceOf(viewOf(corpusOf(chainText(12, 60))));
  for (const Kind& kind : {kinds[1], kinds[6], kinds[8]}) {
    wm_next_token_options options = optionsOf(kind);
    options.batch_size = 50;
    options.epochs = 2;
    options.device = tested.device;
    const Network first(options, sequence.get(), 8, kind.tied, kind.map);
    const Network second(options, sequence.get(), 8, kind.tied, kind.map);
    const Network inParts(options, sequence.get(), 8, kind.tied, kind.map);
    CHECK_EQUAL(train(sequence, first, options), train(sequence, second, options));
    CHECK(first.all() == second.all());
    train(sequence, inParts, options, 0, 1);
    CHECK(first.all() != inParts.all());
    train(sequence, inParts, options, 1);
    CHECK(first.all() == inParts.all());
  }
}

/// A step whose loss is no number is not made, and the job says so.
void testDivergence(const TestedDevice& tested) {
  const Sequence sequence = sequenceOf(viewOf(corpusOf(chainText(6, 30))));
  for (const Kind& kind : {kinds[0], kinds[5], kinds[8]}) {
    wm_next_token_options options = optionsOf(kind);
    options.learning_rate = 1e30;
    options.batch_size = 24;
    options.device = tested.device;
    const Network network(options, sequence.get(), 4, kind.tied, kind.map);
    const Owned<wm_job> job = jobOf(sequence, network, options);
    CHECK_EQUAL(wm_job_submit(job.get(), 0, 1, nullptr), WM_OK);
    wm_error error{};
    CHECK_EQUAL(wm_job_wait(job.get(), &error), WM_ERR_DIVERGED);
  }
}

/// Memory that is too little is found out before the training begins, and what has begun needs no more.
void testMemory(const TestedDevice& tested) {
  const Sequence sequence = sequenceOf(viewOf(corpusOf(chainText(12, 60))));
  for (const Kind& kind : {kinds[1], kinds[6], kinds[8]}) {
    wm_next_token_options options = optionsOf(kind);
    options.batch_size = 50;
    options.device = tested.device;
    const Network network(options, sequence.get(), 8, kind.tied, kind.map);
    wm_job* job = nullptr;
    wm_code code = WM_ERR_MEMORY;
    for (uint64_t bytes = 1000; code == WM_ERR_MEMORY; bytes += bytes / 16) {
      setenv("WORDMILL_EMULATOR", ("memory=" + std::to_string(bytes)).c_str(), 1);
      code = wm_next_token_job_create(sequence.get(), &network.tables, &options, &job, nullptr);
    }
    if (CHECK_EQUAL(code, WM_OK)) {
      CHECK_EQUAL(wm_job_submit(job, 0, 1, nullptr), WM_OK);
      CHECK_EQUAL(wm_job_wait(job, nullptr), WM_OK);
    }
    wm_job_release(job);
    unsetenv("WORDMILL_EMULATOR");
  }
}

/// A network of four tokens with rows of two numbers, a mean of up to two tokens and full softmax, as the module sees
/// it.
struct SmallNetwork {
  explicit SmallNetwork(bool tied, const std::vector<uint32_t>& active = {}) {
    options = optionsOf();
    options.context = WM_CONTEXT_MEAN;
    options.context_size = 2;
    options.batch_size = 3;
    setup.options = &options;
    setup.input = {input.data(), 4, 2, 2};
    if (!tied) setup.output = {output.data(), 4, 2, 2};
    setup.bias = {bias.data(), 1, 4, 4};
    setup.active_rows = active.empty() ? nullptr : active.data();
    setup.active_count = active.size();
  }

  wm_backend_training* begin(const TestedDevice& tested) {
    wm_backend_training* training = nullptr;
    CHECK_EQUAL(tested.calls->next_token_begin(tested.opened, &setup, &training, nullptr), WM_OK);
    return training;
  }

  std::vector<float> input = {1, 2, 3, 4, -1, 0.5F, 0.25F, -2};
  std::vector<float> output = {1, 0, 0, 1, 1, 1, 0, 0};
  std::vector<float> bias = {0, 0, 0, 0};
  wm_next_token_options options{};
  wm_backend_next_token setup{};
};

/// One step of plain descent at rate 1; what was counted.
wm_backend_result submit(const TestedDevice& tested, wm_backend_training* training,
                         const std::vector<uint32_t>& targets, const std::vector<uint32_t>& contexts) {
  wm_backend_step step{};
  step.rate = 1.0F;
  step.shrink = 1.0F;
  const wm_backend_batch batch = {targets.data(), contexts.data(), targets.size(), 0, step, step, step, step};
  CHECK_EQUAL(tested.calls->next_token_submit(training, &batch, 1, nullptr), WM_OK);
  CHECK_EQUAL(tested.calls->training_read(training, nullptr), WM_OK);
  uint64_t unfinished = 1;
  wm_backend_result result{};
  CHECK_EQUAL(tested.calls->training_collect(training, &unfinished, &result, nullptr), WM_OK);
  CHECK_EQUAL(unfinished, 0U);
  return result;
}

constexpr uint32_t kNone = UINT32_MAX;

/// Steps after a cancel change nothing, and are not counted.
void testCancel(const TestedDevice& tested) {
  SmallNetwork network(false);
  wm_backend_training* const training = network.begin(tested);
  const std::vector<uint32_t> targets = {0, 1, 3};
  const std::vector<uint32_t> contexts = {1, 2, 3, kNone, kNone, kNone};
  const std::vector<float> before = network.input;
  CHECK_EQUAL(submit(tested, training, targets, contexts).examples, 3U);
  CHECK(network.input != before);
  const std::vector<float> after = network.input;
  tested.calls->training_cancel(training);
  CHECK_EQUAL(submit(tested, training, targets, contexts).examples, 0U);
  CHECK(network.input == after);
  tested.calls->training_release(training);
}

/// Neither is a step made whose loss is no number, nor any after it.
void testLossThatIsNoNumber(const TestedDevice& tested) {
  SmallNetwork network(false);
  network.bias[1] = NAN;
  wm_backend_training* const training = network.begin(tested);
  const SmallNetwork before(false);
  CHECK(std::isnan(submit(tested, training, {0, 2}, {1, 2, 3, kNone}).loss));
  CHECK_EQUAL(submit(tested, training, {0, 2}, {1, 2, 3, kNone}).examples, 0U);
  CHECK(network.input == before.input);
  CHECK(network.output == before.output);
  CHECK(network.bias[0] == 0.0F && network.bias[2] == 0.0F);
  tested.calls->training_release(training);
}

/// A context's row that has no part in the softmax of a tied output is stepped by itself.
void testContextWithoutPart(const TestedDevice& tested) {
  const std::vector<uint32_t> active = {0, 1, 3};
  SmallNetwork network(true, active);
  const std::vector<float> w = network.input;
  // The context is rows 1 and 2, so h is (1, 2.25); row 0 follows.
  const double h[2] = {(w[2] + w[4]) / 2.0, (w[3] + w[5]) / 2.0};
  double sum = 0.0;
  double gradients[4] = {};
  for (const uint32_t row : active) sum += gradients[row] = std::exp(w[2 * row] * h[0] + w[2 * row + 1] * h[1]);
  for (double& gradient : gradients) gradient /= sum;
  const double loss = -std::log(gradients[0]);
  gradients[0] -= 1.0;
  double hidden[2] = {};
  for (const uint32_t row : active) {
    for (int c = 0; c < 2; ++c) hidden[c] += gradients[row] * w[2 * row + c];
  }
  wm_backend_training* const training = network.begin(tested);
  const wm_backend_result result = submit(tested, training, {0}, {1, 2});
  CHECK_NEAR(result.loss, loss, 1e-5);
  for (uint32_t row = 0; row < 4; ++row) {
    for (int c = 0; c < 2; ++c) {
      const double gradient = gradients[row] * h[c] + (row == 1 || row == 2 ? hidden[c] / 2.0 : 0.0);
      CHECK_NEAR(network.input[2 * row + c], w[2 * row + c] - gradient, 1e-5);
    }
    CHECK_NEAR(network.bias[row], -gradients[row], 1e-5);
  }
  tested.calls->training_release(training);
}

}  // namespace

void testNextToken(const TestedDevice& tested) {
  testKinds(tested);
  testOptimizers(tested);
  testSizes(tested);
  testUncountedRows(tested);
  testRepeats(tested);
  testDivergence(tested);
  if (tested.isEmulated) testMemory(tested);
  testCancel(tested);
  testLossThatIsNoNumber(tested);
  testContextWithoutPart(tested);
}
