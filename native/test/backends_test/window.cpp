// Skip-gram and CBOW. Where nothing is drawn at random and the text is a sentence of one piece, a device does the same
// steps in the same order as the processor; elsewhere it must learn as much.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "backends.h"
#include "corpus_fixture.h"

namespace {

struct Setting {
  const char* name;
  wm_architecture architecture;
  int objectives;
  uint64_t columns;
  uint32_t windowSize;
  bool subwords = false;
  bool mean = true;
  bool inParts = false;  // whether a device does not hold all outputs of a window at once, or reads contexts anew
};

/// The tables of a training, as they were and as they are.
struct Trained {
  std::vector<float> input;
  std::vector<float> output;
  std::vector<float> tree;
  wm_job_progress progress{};
  wm_code code = WM_OK;
  wm_error error{};
};

Owned<wm_table> tableOf(uint64_t rows, uint64_t columns, uint64_t seed) {
  wm_table* table = nullptr;
  CHECK_EQUAL(wm_table_create(WM_F32, rows, columns, &table, nullptr), WM_OK);
  if (seed > 0) CHECK_EQUAL(wm_table_fill_uniform(table, 0, rows, -0.5F, 0.5F, seed, nullptr), WM_OK);
  return Owned<wm_table>(table);
}

std::vector<float> valuesOf(const Owned<wm_table>& table) {
  wm_table_info info;
  wm_table_describe(table.get(), &info);
  std::vector<float> values(info.rows * info.columns);
  CHECK_EQUAL(wm_table_read(table.get(), 0, info.rows, WM_F32, values.data(), values.size() * sizeof(float), nullptr),
              WM_OK);
  return values;
}

wm_window_options optionsOf(const Setting& setting) {
  wm_window_options options{};
  options.architecture = setting.architecture;
  options.objectives = setting.objectives;
  options.mean = setting.mean ? 1 : 0;
  options.window_size = setting.windowSize;
  options.negative_samples = 3;
  options.negative_exponent = 10.0;  // all draws give the most frequent word
  options.learning_rate = 0.05;
  options.learning_rate_end = 0.05;
  options.epochs = 1;
  options.seed = 7;
  options.threads = 1;
  return options;
}

/// A training from the same weights each time: all of it, or with `interfere`, which is called when it has begun.
template <typename Interfere>
Trained train(const Owned<wm_view>& view, const Setting& setting, const wm_window_options& options,
              const std::vector<float>& locks, Interfere&& interfere) {
  wm_view_info info;
  wm_view_describe(view.get(), &info);
  Owned<wm_subwords> subwords;
  uint64_t rows = info.rows;
  if (setting.subwords) {
    const wm_subword_rules rules{4, 5, 2000000, 0};
    wm_subwords* made = nullptr;
    CHECK_EQUAL(wm_subwords_of_view(view.get(), &rules, &made, nullptr), WM_OK);
    subwords.reset(made);
    wm_subwords_info described;
    wm_subwords_describe(made, &described);
    rows += described.rows;
  }
  const Owned<wm_table> input = tableOf(rows, setting.columns, 1);
  const Owned<wm_table> output = tableOf(info.rows, setting.columns, 2);
  const Owned<wm_table> tree = tableOf(std::max<uint64_t>(1, info.rows - 1), setting.columns, 3);
  wm_window_tables tables{};
  tables.input = input.get();
  tables.output = output.get();
  tables.tree = tree.get();
  tables.subwords = subwords.get();
  tables.locks = locks.empty() ? nullptr : locks.data();
  Trained out;
  wm_job* job = nullptr;
  out.code = wm_window_job_create(view.get(), &tables, &options, &job, &out.error);
  const Owned<wm_job> owned(job);
  if (out.code != WM_OK) return out;
  wm_job_poll(job, &out.progress);
  CHECK_EQUAL(wm_job_submit(job, 0, out.progress.blocks, nullptr), WM_OK);
  interfere(job);
  out.code = wm_job_wait(job, &out.error);
  wm_job_poll(job, &out.progress);
  out.input = valuesOf(input);
  out.output = valuesOf(output);
  out.tree = valuesOf(tree);
  return out;
}

Trained train(const Owned<wm_view>& view, const Setting& setting, const wm_window_options& options,
              const std::vector<float>& locks = {}) {
  return train(view, setting, options, locks, [](wm_job*) {});
}

/// The largest difference between two trainings.
double difference(const std::vector<float>& a, const std::vector<float>& b) {
  double most = a.size() == b.size() ? 0.0 : INFINITY;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double apart = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    most = std::isnan(apart) ? INFINITY : std::max(most, apart);
  }
  return most;
}

/// One sentence whose words have nothing in common, after many lines of the one word that is always drawn.
std::string sentenceText(size_t words) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "noise\n";
  std::mt19937 generator(9);
  for (size_t i = 0; i < words; ++i) {
    if (i > 0) text += ' ';
    for (int letter = 0; letter < 6; ++letter) text += static_cast<char>('a' + generator() % 26);
  }
  return text + '\n';
}

void testSteps(const TestedDevice& tested, const Setting& setting) {
  const Owned<wm_corpus> corpus = corpusOf(sentenceText(25));
  const Owned<wm_view> view = viewOf(corpus);
  wm_window_options options = optionsOf(setting);
  if (setting.inParts) options.learning_rate = options.learning_rate_end = 0.0005;
  const Trained expected = train(view, setting, options);
  options.device = tested.device;
  const Trained actual = train(view, setting, options);
  if (!CHECK_EQUAL(actual.code, WM_OK)) {
    std::fprintf(stderr, "%s: %s\n", setting.name, actual.error.text);
    return;
  }
  const auto before = [&](const std::vector<float>& values, uint64_t seed) {
    return valuesOf(tableOf(values.size() / setting.columns, setting.columns, seed));
  };
  bool ok = true;
  const auto compare = [&](const std::vector<float>& a, const std::vector<float>& b, uint64_t seed, bool isTrained) {
    const double learned = difference(b, before(b, seed));
    ok &= CHECK_EQUAL(learned > 0.0, isTrained);
    // Sums in another order; and each part of a step sees what those before it have changed.
    ok &= CHECK_NEAR(difference(a, b), 0.0, setting.inParts ? 0.03 * learned : 1e-3 * learned + 1e-7);
  };
  compare(actual.input, expected.input, 1, true);
  compare(actual.output, expected.output, 2, (setting.objectives & WM_NEGATIVE_SAMPLING) != 0);
  compare(actual.tree, expected.tree, 3, (setting.objectives & WM_HIERARCHICAL_SOFTMAX) != 0);
  ok &= CHECK_EQUAL(actual.progress.examples, expected.progress.examples);
  ok &= CHECK_EQUAL(actual.progress.tokens_done, expected.progress.tokens_done);
  ok &= CHECK_NEAR(actual.progress.loss_sum / expected.progress.loss_sum, 1.0, setting.inParts ? 0.03 : 1e-3);
  if (!ok) std::fprintf(stderr, "  in %s, %d columns\n", setting.name, static_cast<int>(setting.columns));
}

/// Pairs of words that go together, so that there is something to learn, and words of falling frequency.
std::string pairedText(int lines) {
  std::mt19937 generator(5);
  std::string text;
  for (int line = 0; line < lines; ++line) {
    const unsigned topic = generator() % 8;
    const unsigned length = 4 + generator() % 60;
    for (unsigned i = 0; i < length; ++i) {
      const unsigned rank = static_cast<unsigned>(std::pow(40.0, generator() % 1000 / 1000.0));
      text += "t" + std::to_string(generator() % 4 == 0 ? 9 : topic) + "w" + std::to_string(rank) + ' ';
    }
    text += '\n';
  }
  return text;
}

void testLearning(const TestedDevice& tested, const Setting& setting) {
  const Owned<wm_corpus> corpus = corpusOf(pairedText(60));
  const Owned<wm_view> view = viewOf(corpus);
  wm_window_options options = optionsOf(setting);
  options.negative_exponent = 0.75;
  options.dynamic_window = 1;
  options.sample = 1e-2;
  options.epochs = 5;
  options.learning_rate_end = 0.0001;
  const Trained expected = train(view, setting, options);
  options.device = tested.device;
  const Trained actual = train(view, setting, options);
  if (!CHECK_EQUAL(actual.code, WM_OK)) return;
  CHECK_EQUAL(actual.progress.tokens_done, expected.progress.tokens_done);
  const auto examples = static_cast<double>(expected.progress.examples);
  bool ok = CHECK_NEAR(static_cast<double>(actual.progress.examples) / examples, 1.0, 0.05);
  const auto loss = [](const Trained& trained) {
    return trained.progress.loss_sum / static_cast<double>(trained.progress.examples);
  };
  ok &= CHECK_NEAR(loss(actual) / loss(expected), 1.0, 0.06);
  if (!ok) std::fprintf(stderr, "  in %s\n", setting.name);
}

void testLocks(const TestedDevice& tested) {
  const Setting setting{"locks", WM_SKIP_GRAM, WM_NEGATIVE_SAMPLING, 20, 3};
  const Owned<wm_corpus> corpus = corpusOf(sentenceText(25));
  const Owned<wm_view> view = viewOf(corpus);
  wm_window_options options = optionsOf(setting);
  std::vector<float> locks(26, 1.0F);
  for (size_t i = 0; i < locks.size(); ++i) locks[i] = static_cast<float>(i % 3) / 2.0F;
  const Trained expected = train(view, setting, options, locks);
  options.device = tested.device;
  const Trained actual = train(view, setting, options, locks);
  CHECK_NEAR(difference(actual.input, expected.input), 0.0, 2e-4);
  const std::vector<float> before = valuesOf(tableOf(26, 20, 1));
  for (size_t row = 0; row < locks.size(); row += 3) {
    CHECK(std::equal(before.begin() + row * 20, before.begin() + row * 20 + 20, actual.input.begin() + row * 20));
  }
}

void testStopping(const TestedDevice& tested) {
  const Setting setting{"stopping", WM_SKIP_GRAM, WM_NEGATIVE_SAMPLING, 16, 2};
  const Owned<wm_corpus> corpus = corpusOf(pairedText(10));
  const Owned<wm_view> view = viewOf(corpus);
  wm_window_options options = optionsOf(setting);
  options.device = tested.device;
  options.epochs = 100000;
  const Trained cancelled = train(view, setting, options, {}, [](wm_job* job) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    wm_job_cancel(job);
  });
  CHECK_EQUAL(cancelled.code, WM_ERR_CANCELLED);
  CHECK_EQUAL(cancelled.progress.state, WM_JOB_CANCELLED);
  for (const float value : cancelled.input) CHECK(std::isfinite(value));

  // At rest the weights are in the tables, and the job goes on from there.
  const Trained paused = train(view, setting, options, {}, [](wm_job* job) {
    wm_job_progress progress{};
    while (progress.blocks_done == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      wm_job_poll(job, &progress);
      if (!CHECK_EQUAL(progress.state, WM_JOB_RUNNING)) return;
    }
    wm_job_pause(job);
    CHECK_EQUAL(wm_job_wait(job, nullptr), WM_OK);
    wm_job_poll(job, &progress);
    CHECK_EQUAL(wm_job_submit(job, progress.blocks_done, 1, nullptr), WM_OK);
  });
  CHECK_EQUAL(paused.code, WM_OK);
  CHECK(difference(paused.input, valuesOf(tableOf(paused.input.size() / 16, 16, 1))) > 1e-3);
}

/// Few words and 256 warps, each of which steps the same rows and sees the others' steps only afterwards: the weights
/// keep to the size that learning gives them.
void testManyWarps(const TestedDevice& tested) {
  constexpr uint32_t kWords = 20, kColumns = 8, kLength = 32, kSentences = 256;
  setenv("WORDMILL_EMULATOR", "blocks=64", 1);
  wm_backend_device* device = nullptr;
  CHECK_EQUAL(tested.calls->device_open(0, &device, nullptr), WM_OK);
  std::mt19937 generator(3);
  std::vector<float> input(kWords * kColumns);
  for (float& value : input) value = static_cast<float>(generator() % 1000) / 32000.0F;
  std::vector<float> output(input.size());
  std::vector<uint32_t> noise;
  for (uint32_t word = 0; word < kWords; ++word) noise.insert(noise.end(), {UINT32_MAX, word});
  const std::vector<float> inputUses(kWords, 1.0F / kWords);
  const std::vector<float> outputUses(kWords, 6.0F / kWords);
  std::vector<uint32_t> words;
  std::vector<uint32_t> starts = {0};
  for (uint32_t sentence = 0; sentence < kSentences; ++sentence) {
    for (uint32_t i = 0; i < kLength; ++i) words.push_back(sentence % 2 * kWords / 2 + generator() % (kWords / 2));
    starts.push_back(static_cast<uint32_t>(words.size()));
  }

  wm_window_options options = optionsOf({"many warps", WM_SKIP_GRAM, WM_NEGATIVE_SAMPLING, kColumns, 5});
  options.negative_samples = 5;
  wm_backend_window setup{};
  setup.options = &options;
  setup.input = {input.data(), kWords, kColumns, kColumns};
  setup.output = {output.data(), kWords, kColumns, kColumns};
  setup.words = kWords;
  setup.noise = {noise.data(), kWords};
  setup.input_uses = inputUses.data();
  setup.output_uses = outputUses.data();
  setup.mean_outputs = 6.0;
  setup.tokens = uint64_t{1} << 40U;
  setup.block_words = words.size();
  setup.block_sentences = kSentences;
  wm_backend_training* training = nullptr;
  if (CHECK_EQUAL(tested.calls->window_begin(device, &setup, &training, nullptr), WM_OK)) {
    for (uint64_t number = 0; number < 3; ++number) {
      const wm_backend_sentences block{words.data(), starts.data(), kSentences, number, 0.05F, 0.05F};
      CHECK_EQUAL(tested.calls->window_submit(training, &block, nullptr), WM_OK);
    }
    CHECK_EQUAL(tested.calls->training_read(training, nullptr), WM_OK);
    tested.calls->training_release(training);
    float largest = 0.0F;
    for (const float value : input) largest = std::isfinite(value) ? std::max(largest, std::fabs(value)) : INFINITY;
    CHECK(largest > 0.1F && largest < 3.0F);
  }
  tested.calls->device_close(device);
  unsetenv("WORDMILL_EMULATOR");
}

void testRefusals(const TestedDevice& tested) {
  const Owned<wm_corpus> corpus = corpusOf("a b c d\n");
  const Owned<wm_view> view = viewOf(corpus);
  const auto codeOf = [&](const Setting& setting) {
    wm_window_options options = optionsOf(setting);
    options.device = tested.device;
    return train(view, setting, options).code;
  };
  CHECK_EQUAL(codeOf({"softmax", WM_SKIP_GRAM, WM_FULL_SOFTMAX, 16, 2}), WM_ERR_UNSUPPORTED);
  CHECK_EQUAL(codeOf({"long rows", WM_SKIP_GRAM, WM_NEGATIVE_SAMPLING, 1025, 2}), WM_ERR_UNSUPPORTED);
}

}  // namespace

void testWindow(const TestedDevice& tested) {
  const int sampling = WM_NEGATIVE_SAMPLING;
  const int tree = WM_HIERARCHICAL_SOFTMAX;
  const int both = sampling | tree;
  for (const uint64_t columns : {1, 7, 100, 128, 130, 300, 400, 600, 1024}) {
    testSteps(tested, {"skip-gram", WM_SKIP_GRAM, sampling, columns, 3, false, true, columns > 512});
    testSteps(tested, {"CBOW", WM_CBOW, tree, columns, 3});
  }
  testSteps(tested, {"skip-gram, tree", WM_SKIP_GRAM, tree, 33, 2, false, true, true});
  testSteps(tested, {"skip-gram, both", WM_SKIP_GRAM, both, 40, 5, false, true, true});
  testSteps(tested, {"CBOW, both", WM_CBOW, both, 40, 5});
  testSteps(tested, {"CBOW, sum", WM_CBOW, both, 40, 1, false, false});
  testSteps(tested, {"skip-gram, no ring", WM_SKIP_GRAM, both, 300, 60, false, true, true});
  testSteps(tested, {"CBOW, no ring", WM_CBOW, both, 300, 60});
  testSteps(tested, {"subwords", WM_SKIP_GRAM, sampling, 50, 3, true, true, true});
  testSteps(tested, {"subwords, both", WM_SKIP_GRAM, both, 140, 2, true, true, true});
  testSteps(tested, {"subwords, CBOW", WM_CBOW, both, 50, 3, true, true, true});
  testSteps(tested, {"subwords, CBOW, no ring", WM_CBOW, sampling, 300, 60, true});

  testLearning(tested, {"skip-gram", WM_SKIP_GRAM, WM_NEGATIVE_SAMPLING, 24, 5});
  testLearning(tested, {"skip-gram, tree", WM_SKIP_GRAM, WM_HIERARCHICAL_SOFTMAX, 24, 5});
  testLearning(tested, {"CBOW", WM_CBOW, WM_NEGATIVE_SAMPLING, 24, 5});
  testLearning(tested, {"subwords", WM_SKIP_GRAM, WM_NEGATIVE_SAMPLING, 24, 5, true});
  testLearning(tested, {"subwords, CBOW", WM_CBOW, both, 24, 5, true});
  testLocks(tested);
  testStopping(tested);
  if (tested.isEmulated) testManyWarps(tested);
  testRefusals(tested);
}
