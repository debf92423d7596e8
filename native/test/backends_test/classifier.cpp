// A classifier's training on a device: step by step against loops in double precision, and as a job against the
// processor's.

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "backends.h"
#include "check.h"
#include "corpus_fixture.h"
#include "sampling/huffman.h"

namespace {

/// Single precision, with exponentials that are good to about 6 digits.
constexpr double kTolerance = 2e-5;

struct Example {
  std::vector<uint32_t> rows;
  std::vector<uint32_t> labels;
};

/// The examples as arrays.
struct Arrays {
  explicit Arrays(const std::vector<Example>& examples) {
    for (const Example& example : examples) {
      rows.insert(rows.end(), example.rows.begin(), example.rows.end());
      rowStarts.push_back(static_cast<uint32_t>(rows.size()));
      labels.insert(labels.end(), example.labels.begin(), example.labels.end());
      labelStarts.push_back(static_cast<uint32_t>(labels.size()));
    }
  }

  std::vector<uint32_t> rows;
  std::vector<uint32_t> rowStarts{0};
  std::vector<uint32_t> labels;
  std::vector<uint32_t> labelStarts{0};
};

struct Setup {
  int32_t objective;
  uint64_t features;
  uint64_t labels;
  uint64_t columns;
  uint64_t examples;
};

/// Everything that is trained, as plain loops do it.
class Reference {
 public:
  Reference(const Setup& setup, const std::vector<float>& input, const std::vector<float>& output,
            const wordmill::HuffmanTree& tree, uint32_t negatives)
      : input(input.begin(), input.end()),
        output(output.begin(), output.end()),
        setup_(setup),
        tree_(tree),
        negatives_(negatives) {}

  /// With one label, or one other than it, as nothing is left to chance then.
  void train(const Example& example, double rate) {
    const uint64_t columns = setup_.columns;
    std::vector<double> hidden(columns);
    for (const uint32_t row : example.rows) {
      for (uint64_t c = 0; c < columns; ++c) {
        hidden[c] += input[row * columns + c] / static_cast<double>(example.rows.size());
      }
    }
    std::vector<double> gradient(columns);
    const std::vector<double> before = output;
    const auto logitOf = [&](uint64_t row) {
      double logit = 0.0;
      for (uint64_t c = 0; c < columns; ++c) logit += hidden[c] * before[row * columns + c];
      return logit;
    };
    const auto step = [&](uint64_t row, double error) {
      for (uint64_t c = 0; c < columns; ++c) {
        gradient[c] -= rate * error * before[row * columns + c];
        output[row * columns + c] -= rate * error * hidden[c];
      }
    };
    const auto binary = [&](uint64_t row, bool isTrue) {
      const double logit = logitOf(row);
      step(row, 1.0 / (1.0 + std::exp(-logit)) - (isTrue ? 1.0 : 0.0));
      loss += std::log1p(std::exp(isTrue ? -logit : logit));
    };
    const uint32_t target = example.labels[0];
    if (setup_.objective == WM_FULL_SOFTMAX) {
      double sum = 0.0;
      for (uint64_t label = 0; label < setup_.labels; ++label) sum += std::exp(logitOf(label));
      loss += std::log(sum) - logitOf(target);
      for (uint64_t label = 0; label < setup_.labels; ++label) {
        step(label, std::exp(logitOf(label)) / sum - (label == target ? 1.0 : 0.0));
      }
    } else if (setup_.objective == WM_ONE_VS_ALL) {
      for (uint64_t label = 0; label < setup_.labels; ++label) {
        binary(label, std::count(example.labels.begin(), example.labels.end(), label) > 0);
      }
    } else if (setup_.objective == WM_HIERARCHICAL_SOFTMAX) {
      const auto path = tree_.path(target);
      for (uint32_t i = 0; i < path.length; ++i) binary(path.nodes[i], path.signs[i] > 0);
    } else {
      binary(target, true);
      for (uint32_t n = 0; n < negatives_; ++n) binary(1 - target, false);
    }
    for (const uint32_t row : example.rows) {
      for (uint64_t c = 0; c < columns; ++c) {
        input[row * columns + c] += gradient[c] / static_cast<double>(example.rows.size());
      }
    }
  }

  std::vector<double> input;
  std::vector<double> output;
  double loss = 0.0;

 private:
  const Setup setup_;
  const wordmill::HuffmanTree& tree_;
  const uint32_t negatives_;
};

std::vector<Example> makeExamples(const Setup& setup, std::mt19937& generator) {
  std::vector<Example> examples(setup.examples);
  for (uint64_t e = 0; e < setup.examples; ++e) {
    const uint64_t features = 1 + generator() % 11;
    for (uint64_t i = 0; i < features; ++i) {
      examples[e].rows.push_back(static_cast<uint32_t>(generator() % setup.features));
    }
    examples[e].labels.push_back(static_cast<uint32_t>(generator() % setup.labels));
    const auto second = static_cast<uint32_t>(generator() % setup.labels);
    if (setup.objective == WM_ONE_VS_ALL && e % 3 == 1 && second != examples[e].labels[0]) {
      examples[e].labels.push_back(second);
    }
  }
  // A feature that stands twice counts twice.
  examples[0].rows.assign(3, examples[0].rows[0]);
  return examples;
}

void checkNear(const std::vector<float>& found, const std::vector<double>& expected) {
  for (size_t i = 0; i < found.size(); ++i) {
    if (!CHECK_NEAR(found[i], expected[i], kTolerance)) return;
  }
}

void testSteps(const TestedDevice& tested, const Setup& setup) {
  std::mt19937 generator(11);
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  const bool isTree = setup.objective == WM_HIERARCHICAL_SOFTMAX;
  std::vector<float> input(setup.features * setup.columns);
  std::vector<float> output((isTree ? setup.labels - 1 : setup.labels) * setup.columns);
  for (float& value : input) value = uniform(generator);
  for (float& value : output) value = uniform(generator) / std::sqrt(static_cast<float>(setup.columns));
  std::vector<uint64_t> counts(setup.labels);
  for (uint64_t label = 0; label < setup.labels; ++label) counts[label] = 1 + label * label;
  const wordmill::HuffmanTree tree(counts);

  wm_classifier_options options{};
  options.objective = setup.objective;
  options.negative_samples = 5;
  options.seed = 7;
  // Of two labels, the other is always drawn in the end.
  const std::vector<uint32_t> slots = {UINT32_MAX, 0, UINT32_MAX, 1};
  wm_backend_classifier described{};
  described.options = &options;
  described.input = {input.data(), setup.features, setup.columns, setup.columns};
  described.output = {output.data(), output.size() / setup.columns, setup.columns, setup.columns};
  described.labels = setup.labels;
  if (setup.objective == WM_NEGATIVE_SAMPLING) described.noise = {slots.data(), 2};
  if (isTree) {
    described.paths = {tree.starts().data(), tree.nodes().data(), tree.signs().data(), setup.labels};
  }
  described.examples = 2 * setup.examples;
  Reference reference(setup, input, output, tree, options.negative_samples);

  wm_error error{};
  wm_backend_training* training = nullptr;
  if (!CHECK_EQUAL(tested.calls->classifier_begin(tested.opened, &described, &training, &error), WM_OK)) return;
  for (uint64_t number = 0; number < 2; ++number) {
    const std::vector<Example> examples = makeExamples(setup, generator);
    const Arrays arrays(examples);
    wm_backend_examples block{};
    block.rows = arrays.rows.data();
    block.row_starts = arrays.rowStarts.data();
    block.labels = arrays.labels.data();
    block.label_starts = arrays.labelStarts.data();
    block.examples = examples.size();
    block.number = number;
    block.rate = number == 0 ? 0.3F : 0.2F;
    block.rate_after = number == 0 ? 0.2F : 0.1F;
    CHECK_EQUAL(tested.calls->classifier_submit(training, &block, &error), WM_OK);
    for (size_t e = 0; e < examples.size(); ++e) {
      const double done = static_cast<double>(e) / static_cast<double>(examples.size());
      reference.train(examples[e], (1.0 - done) * block.rate + done * block.rate_after);
    }
  }
  CHECK_EQUAL(tested.calls->training_read(training, &error), WM_OK);
  uint64_t unfinished = 1;
  wm_backend_result result{};
  CHECK_EQUAL(tested.calls->training_collect(training, &unfinished, &result, &error), WM_OK);
  tested.calls->training_release(training);
  CHECK_EQUAL(unfinished, 0U);
  CHECK_EQUAL(result.examples, 2 * setup.examples);
  CHECK_NEAR(result.loss / reference.loss, 1.0, kTolerance);
  checkNear(input, reference.input);
  checkNear(output, reference.output);
}

/// What is drawn: one step of next to no rate for each of many equal examples, so that an output row that begins with
/// zeros counts how often it was the truth or noise.
std::vector<float> drawnOutputs(const TestedDevice& tested, const wm_classifier_options& options,
                                const wm_backend_noise& noise, uint64_t labels, const Example& example,
                                uint64_t examples) {
  constexpr float rate = 1e-4F;
  std::vector<float> input = {1.0F};
  std::vector<float> output(labels);
  wm_backend_classifier described{};
  described.options = &options;
  described.input = {input.data(), 1, 1, 1};
  described.output = {output.data(), labels, 1, 1};
  described.labels = labels;
  described.noise = noise;
  described.examples = examples;
  wm_backend_training* training = nullptr;
  if (!CHECK_EQUAL(tested.calls->classifier_begin(tested.opened, &described, &training, nullptr), WM_OK)) return output;
  const Arrays arrays(std::vector<Example>(examples, example));
  const wm_backend_examples block{arrays.rows.data(),
                                  arrays.rowStarts.data(),
                                  arrays.labels.data(),
                                  arrays.labelStarts.data(),
                                  examples,
                                  0,
                                  rate,
                                  rate};
  CHECK_EQUAL(tested.calls->classifier_submit(training, &block, nullptr), WM_OK);
  CHECK_EQUAL(tested.calls->training_read(training, nullptr), WM_OK);
  tested.calls->training_release(training);
  for (float& value : output) value /= rate * static_cast<float>(examples);
  return output;
}

void testDraws(const TestedDevice& tested) {
  wm_classifier_options options{};
  options.seed = 3;
  options.objective = WM_FULL_SOFTMAX;
  const std::vector<float> chosen = drawnOutputs(tested, options, {}, 4, {{0}, {1, 3}}, 800);
  // Each is the truth half of the time, and a quarter is taken off all of the time.
  CHECK_NEAR(chosen[0], -0.25, 0.02);
  CHECK_NEAR(chosen[1], 0.25, 0.06);
  CHECK_NEAR(chosen[2], -0.25, 0.02);
  CHECK_NEAR(chosen[3], 0.25, 0.06);

  // Of three labels 1/6, 1/3 and 1/2; the target is the last, and is not noise.
  options.objective = WM_NEGATIVE_SAMPLING;
  options.negative_samples = 5;
  const std::vector<uint32_t> slots = {UINT32_MAX / 2, 2, UINT32_MAX, 1, UINT32_MAX, 2};
  const std::vector<float> drawn = drawnOutputs(tested, options, {slots.data(), 3}, 3, {{0}, {2}}, 800);
  CHECK_NEAR(drawn[0], -0.5 * 5 / 3, 0.1);
  CHECK_NEAR(drawn[1], -0.5 * 5 * 2 / 3, 0.1);
  CHECK_NEAR(drawn[2], 0.5, 0.05);
}

constexpr char prefix[] = "__label__";

/// Lines of three topics, each with words of its own among common ones.
std::string makeText(uint64_t lines) {
  std::mt19937 generator(5);
  std::string text;
  for (uint64_t line = 0; line < lines; ++line) {
    const uint64_t topic = generator() % 3;
    text += "__label__" + std::string(1, static_cast<char>('a' + topic));
    for (int i = 0; i < 6; ++i) {
      text += ' ';
      text += i % 2 == 0 ? "t" + std::to_string(topic) + std::to_string(generator() % 4)
                         : "w" + std::to_string(generator() % 20);
    }
    text += '\n';
  }
  return text;
}

struct Trained {
  double lossOfLastEpoch = 0.0;
  uint64_t tokens = 0;
};

Trained train(const wm_examples* examples, int32_t objective, const wm_device* device) {
  wm_examples_info info;
  wm_examples_describe(examples, &info);
  constexpr uint64_t columns = 10;
  constexpr uint64_t epochs = 4;
  wm_table* input = nullptr;
  wm_table* output = nullptr;
  const bool isTree = objective == WM_HIERARCHICAL_SOFTMAX;
  CHECK_EQUAL(wm_table_create(WM_F32, info.rows, columns, &input, nullptr), WM_OK);
  CHECK_EQUAL(wm_table_create(WM_F32, isTree ? info.labels - 1 : info.labels, columns, &output, nullptr), WM_OK);
  CHECK_EQUAL(wm_table_fill_uniform(input, 0, info.rows, -0.8F, 0.8F, 1, nullptr), WM_OK);
  const Owned<wm_table> ownedInput(input);
  const Owned<wm_table> ownedOutput(output);
  wm_classifier_options options{objective, 3, 0.3, epochs, 1, 1, device};
  wm_job* job = nullptr;
  wm_error error{};
  if (!CHECK_EQUAL(wm_classifier_job_create(examples, input, output, &options, &job, &error), WM_OK)) {
    std::fprintf(stderr, "%s\n", error.text);
    return {};
  }
  const Owned<wm_job> owned(job);
  wm_job_progress progress;
  wm_job_poll(job, &progress);
  const uint64_t perEpoch = progress.blocks / epochs;
  CHECK_EQUAL(wm_job_submit(job, 0, (epochs - 1) * perEpoch, nullptr), WM_OK);
  CHECK_EQUAL(wm_job_wait(job, nullptr), WM_OK);
  wm_job_poll(job, &progress);
  const double before = progress.loss_sum;
  CHECK_EQUAL(wm_job_submit(job, (epochs - 1) * perEpoch, perEpoch, nullptr), WM_OK);
  CHECK_EQUAL(wm_job_wait(job, nullptr), WM_OK);
  wm_job_poll(job, &progress);
  CHECK_EQUAL(progress.examples, epochs * info.examples);
  return {(progress.loss_sum - before) / static_cast<double>(info.examples), progress.tokens_done};
}

/// Noise is not the same, and softmax takes eight lines at a time on the processor, so only the course of the loss is.
void testJobs(const TestedDevice& tested) {
  const auto corpus = corpusOf(makeText(300));
  wm_examples_options rules{};
  rules.label_prefix = reinterpret_cast<const uint8_t*>(prefix);
  rules.label_prefix_length = sizeof(prefix) - 1;
  rules.min_count = 1;
  rules.word_ngrams = 1;
  wm_examples* made = nullptr;
  CHECK_EQUAL(wm_examples_create(corpus.get(), &rules, nullptr, &made, nullptr), WM_OK);
  const Owned<wm_examples> examples(made);
  for (const int32_t objective : {WM_FULL_SOFTMAX, WM_HIERARCHICAL_SOFTMAX, WM_NEGATIVE_SAMPLING, WM_ONE_VS_ALL}) {
    const Trained expected = train(made, objective, nullptr);
    const Trained found = train(made, objective, tested.device);
    CHECK_EQUAL(found.tokens, expected.tokens);
    CHECK_NEAR(found.lossOfLastEpoch / expected.lossOfLastEpoch, 1.0, 0.08);
  }
}

}  // namespace

void testClassifier(const TestedDevice& tested) {
  testSteps(tested, {WM_FULL_SOFTMAX, 5, 2, 1, 1});
  testSteps(tested, {WM_FULL_SOFTMAX, 30, 37, 130, 20});
  testSteps(tested, {WM_FULL_SOFTMAX, 30, 8, 300, 20});
  testSteps(tested, {WM_FULL_SOFTMAX, 10, 8200, 6, 2});  // logits in the device's memory
  testSteps(tested, {WM_HIERARCHICAL_SOFTMAX, 30, 2, 5, 20});
  testSteps(tested, {WM_HIERARCHICAL_SOFTMAX, 30, 37, 33, 30});
  testSteps(tested, {WM_HIERARCHICAL_SOFTMAX, 40, 23, 1030, 10});
  testSteps(tested, {WM_NEGATIVE_SAMPLING, 30, 2, 33, 30});
  testSteps(tested, {WM_ONE_VS_ALL, 30, 3, 8, 20});
  testSteps(tested, {WM_ONE_VS_ALL, 30, 150, 100, 20});
  testDraws(tested);
  testJobs(tested);
}
