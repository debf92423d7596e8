// Next-token training through the C ABI: gradients against finite differences, probabilities, the same result for any
// number of threads, and what is refused.

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "corpus_fixture.h"

namespace {

struct ReleaseSequence {
  void operator()(wm_sequence* handle) const { wm_sequence_release(handle); }
};
using Sequence = std::unique_ptr<wm_sequence, ReleaseSequence>;

Sequence sequenceOf(const Owned<wm_view>& view, double heldOut = 0.0, bool takeHeldOut = false, uint64_t seed = 1) {
  wm_sequence* sequence = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_sequence_create(view.get(), heldOut, seed, takeHeldOut ? 1 : 0, nullptr, &sequence, &error), WM_OK);
  CHECK_EQUAL(std::string(error.text), "");
  return Sequence(sequence);
}

wm_sequence_info infoOf(const Sequence& sequence) {
  wm_sequence_info info;
  wm_sequence_describe(sequence.get(), &info);
  return info;
}

/// Sentences in which each word but the first follows from the one before it, more or less.
std::string chainText(size_t lines, uint32_t words, uint32_t seed = 7) {
  std::mt19937 random(seed);
  std::string text;
  for (size_t line = 0; line < lines; ++line) {
    uint32_t word = random() % words;
    for (int i = 0; i < 12; ++i) {
      text += "w" + std::to_string(word) + " ";
      word = random() % 4 == 0 ? random() % words : (word * 3 + 1) % words;
    }
    text += "\n";
  }
  return text;
}

wm_next_token_options optionsOf() {
  wm_next_token_options options{};
  options.context = WM_CONTEXT_CONCATENATED;
  options.context_size = 3;
  options.objective = WM_NEXT_TOKEN_SOFTMAX;
  options.samples = 7;
  options.sample_exponent = 0.75;
  options.batch_size = 64;
  options.optimizer = {WM_SGD, 0.0, 0.9, 0.999, 1e-8, 0.0};
  options.schedule = WM_RATE_CONSTANT;
  options.learning_rate = 1.0;
  options.epochs = 1;
  options.seed = 5;
  options.threads = 2;
  return options;
}

/// The tables of a network, random.
class Network {
 public:
  Network(const wm_next_token_options& options, const wm_sequence* sequence, uint64_t columns, bool tied, bool map,
          float bound = 0.5F)
      : counts_(wm_sequence_counts(sequence), wm_sequence_counts(sequence) + rowsOf(sequence)) {
    const uint64_t rows = rowsOf(sequence);
    const uint64_t outputs = options.objective == WM_NEXT_TOKEN_TREE ? rows - 1 : rows;
    const uint64_t width = options.context == WM_CONTEXT_CONCATENATED ? options.context_size * columns : columns;
    tables.input = make(rows, columns, bound);
    if (map) tables.map = make(columns, width + 1, bound);
    if (!tied) tables.output = make(outputs, columns, bound);
    tables.bias = make(1, outputs, bound);
    tables.counts = counts_.data();
  }

  size_t size() const { return made_.size(); }
  std::vector<float> values(size_t table) const {
    wm_table_info info;
    wm_table_describe(made_[table].get(), &info);
    std::vector<float> all(info.rows * info.columns);
    wm_table_read(made_[table].get(), 0, info.rows, WM_F32, all.data(), all.size() * sizeof(float), nullptr);
    return all;
  }
  void set(size_t table, const std::vector<float>& values) {
    wm_table_info info;
    wm_table_describe(made_[table].get(), &info);
    wm_table_write(made_[table].get(), 0, info.rows, WM_F32, values.data(), values.size() * sizeof(float), nullptr);
  }
  std::vector<float> all() const {
    std::vector<float> together;
    for (size_t table = 0; table < size(); ++table) {
      const std::vector<float> one = values(table);
      together.insert(together.end(), one.begin(), one.end());
    }
    return together;
  }

  wm_next_token_tables tables{};

 private:
  static uint64_t rowsOf(const wm_sequence* sequence) {
    wm_sequence_info info;
    wm_sequence_describe(sequence, &info);
    return info.rows;
  }
  wm_table* make(uint64_t rows, uint64_t columns, float bound) {
    wm_table* table = nullptr;
    CHECK_EQUAL(wm_table_create(WM_F32, rows, columns, &table, nullptr), WM_OK);
    wm_table_fill_uniform(table, 0, rows, -bound, bound, made_.size() + 1, nullptr);
    made_.emplace_back(table);
    return table;
  }

  std::vector<uint64_t> counts_;
  std::vector<Owned<wm_table>> made_;
};

Owned<wm_job> jobOf(const Sequence& sequence, const Network& network, const wm_next_token_options& options) {
  wm_job* job = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_next_token_job_create(sequence.get(), &network.tables, &options, &job, &error), WM_OK);
  CHECK_EQUAL(std::string(error.text), "");
  return Owned<wm_job>(job);
}

/// Trains; the mean loss of what was trained.
double train(const Sequence& sequence, const Network& network, const wm_next_token_options& options,
             uint64_t firstBlock = 0, uint64_t lastBlock = UINT64_MAX) {
  const Owned<wm_job> job = jobOf(sequence, network, options);
  wm_job_progress progress;
  wm_job_poll(job.get(), &progress);
  const uint64_t last = std::min(lastBlock, progress.blocks);
  CHECK_EQUAL(wm_job_submit(job.get(), firstBlock, last - firstBlock, nullptr), WM_OK);
  CHECK_EQUAL(wm_job_wait(job.get(), nullptr), WM_OK);
  wm_job_poll(job.get(), &progress);
  return progress.loss_sum / static_cast<double>(progress.examples);
}

/// The mean loss of the first step, which changes next to nothing.
double lossOfStep(const Sequence& sequence, const Network& network, wm_next_token_options options) {
  options.learning_rate = 1e-30;
  return train(sequence, network, options);
}

double lossOf(const Sequence& sequence, const Network& network, const wm_next_token_options& options) {
  double loss = 0.0;
  CHECK_EQUAL(wm_next_token_loss(sequence.get(), &network.tables, &options, nullptr, &loss, nullptr), WM_OK);
  return loss / static_cast<double>(infoOf(sequence).tokens);
}

struct Kind {
  wm_next_token_objective objective;
  wm_context context;
  bool tied;
  bool map;
};
const std::vector<Kind> kinds = {
    {WM_NEXT_TOKEN_SOFTMAX, WM_CONTEXT_CONCATENATED, false, true},
    {WM_NEXT_TOKEN_SOFTMAX, WM_CONTEXT_CONCATENATED, true, true},
    {WM_NEXT_TOKEN_SOFTMAX, WM_CONTEXT_MEAN, false, false},
    {WM_NEXT_TOKEN_SOFTMAX, WM_CONTEXT_MEAN, true, true},
    {WM_NEXT_TOKEN_SOFTMAX, WM_CONTEXT_MEAN, true, false},
    {WM_NEXT_TOKEN_TREE, WM_CONTEXT_CONCATENATED, false, true},
    {WM_NEXT_TOKEN_TREE, WM_CONTEXT_MEAN, false, false},
    {WM_NEXT_TOKEN_SAMPLED, WM_CONTEXT_CONCATENATED, false, true},
    {WM_NEXT_TOKEN_SAMPLED, WM_CONTEXT_MEAN, true, true},
};

wm_next_token_options optionsOf(const Kind& kind) {
  wm_next_token_options options = optionsOf();
  options.objective = kind.objective;
  options.context = kind.context;
  return options;
}

/// One step of plain descent at rate 1 takes the gradient off each parameter; it must be that of the loss.
void testGradients() {
  const Sequence sequence = sequenceOf(viewOf(corpusOf("a b c a\nb d e a b\nc\nf a b c d e f\n")));
  for (const Kind& kind : kinds) {
    wm_next_token_options options = optionsOf(kind);
    for (const uint64_t columns : {uint64_t{5}, uint64_t{16}}) {
      Network network(options, sequence.get(), columns, kind.tied, kind.map);
      std::vector<std::vector<float>> before;
      for (size_t table = 0; table < network.size(); ++table) before.push_back(network.values(table));
      train(sequence, network, options);
      std::vector<std::vector<float>> after;
      for (size_t table = 0; table < network.size(); ++table) after.push_back(network.values(table));
      for (size_t table = 0; table < network.size(); ++table) network.set(table, before[table]);
      for (size_t table = 0; table < network.size(); ++table) {
        double squares = 0.0;
        double wrong = 0.0;
        for (size_t i = 0; i < before[table].size(); ++i) {
          constexpr float little = 1.0F / 128;
          std::vector<float> moved = before[table];
          moved[i] = before[table][i] + little;
          network.set(table, moved);
          const double above = lossOfStep(sequence, network, options);
          moved[i] = before[table][i] - little;
          network.set(table, moved);
          const double wanted = (above - lossOfStep(sequence, network, options)) / (2.0 * little);
          const double found = before[table][i] - after[table][i];
          squares += wanted * wanted;
          wrong += (wanted - found) * (wanted - found);
        }
        network.set(table, before[table]);
        CHECK(squares > 1e-6);
        CHECK(std::sqrt(wrong / squares) < 2e-3);
      }
    }
  }
}

void testProbabilities() {
  const Sequence sequence = sequenceOf(viewOf(corpusOf("a b c a b d e a b c f a b c d e f\n")));
  const uint64_t rows = infoOf(sequence).rows;
  for (const Kind& kind : kinds) {
    const wm_next_token_options options = optionsOf(kind);
    const Network network(options, sequence.get(), 9, kind.tied, kind.map, 1.5F);
    double wanted = 0.0;
    std::vector<uint32_t> ids;
    // The words of the line as rows, most frequent first, ties by their letters.
    for (const char word : std::string("abcabdeabcfabcdef")) {
      std::vector<float> probabilities(rows);
      CHECK_EQUAL(
          wm_next_token_predict(&network.tables, &options, ids.data(), ids.size(), probabilities.data(), nullptr),
          WM_OK);
      double sum = 0.0;
      for (const float p : probabilities) sum += p;
      CHECK_NEAR(sum, 1.0, 1e-5);
      ids.push_back(static_cast<uint32_t>(std::string("abcdef").find(word)));
      wanted -= std::log(probabilities[ids.back()]);
    }
    CHECK_NEAR(lossOf(sequence, network, options), wanted / 17.0, 1e-5);
  }
}

/// Rows that are not counted have no part: neither in probabilities, nor are they changed.
void testUncountedRows() {
  wm_view_options rules = viewOptions();
  const Owned<wm_keys> words = keysOf({"x", "a", "y", "b", "c", "z"});
  rules.vocabulary = words.get();
  const Sequence sequence = sequenceOf(viewOf(corpusOf("a b c a\nc b a\n"), rules));
  for (const Kind& kind : kinds) {
    if (kind.objective == WM_NEXT_TOKEN_TREE) continue;
    const wm_next_token_options options = optionsOf(kind);
    Network network(options, sequence.get(), 5, kind.tied, kind.map);
    const double all = lossOf(sequence, network, options);
    network.tables.counted_only = 1;
    CHECK(lossOf(sequence, network, options) < all - 0.1);
    float probabilities[6];
    const uint32_t context[] = {1, 3};
    CHECK_EQUAL(wm_next_token_predict(&network.tables, &options, context, 2, probabilities, nullptr), WM_OK);
    CHECK_EQUAL(probabilities[0] + probabilities[2] + probabilities[5], 0.0F);
    CHECK_NEAR(probabilities[1] + probabilities[3] + probabilities[4], 1.0, 1e-5);
    const std::vector<float> before = network.values(0);
    const std::vector<float> biases = network.values(network.size() - 1);
    train(sequence, network, options);
    const std::vector<float> after = network.values(0);
    for (size_t row = 0; row < 6; ++row) {
      const bool same = std::equal(&before[row * 5], &before[row * 5] + 5, &after[row * 5]);
      CHECK_EQUAL(same, row == 0 || row == 2 || row == 5);
      CHECK_EQUAL(biases[row] == network.values(network.size() - 1)[row], row == 0 || row == 2 || row == 5);
    }
  }
  const wm_next_token_options options = optionsOf();
  Network network(options, sequence.get(), 5, false, true);
  const std::vector<uint64_t> other = {1, 0, 1, 1, 1, 1};
  network.tables.counts = other.data();
  network.tables.counted_only = 1;
  double loss = 0.0;
  wm_error error{};
  CHECK_EQUAL(wm_next_token_loss(sequence.get(), &network.tables, &options, nullptr, &loss, &error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "counts");
}

void testThreadsAndSeeds() {
  const Sequence sequence = sequenceOf(viewOf(corpusOf(chainText(300, 700))));
  for (const Kind& kind : kinds) {
    wm_next_token_options options = optionsOf(kind);
    options.optimizer.rule = WM_ADAM;
    options.learning_rate = 0.01;
    options.batch_size = 100;
    std::vector<std::vector<float>> results;
    for (const uint32_t threads : {1U, 2U, 5U}) {
      options.threads = threads;
      const Network network(options, sequence.get(), 20, kind.tied, kind.map);
      train(sequence, network, options);
      results.push_back(network.all());
      CHECK_NEAR(lossOf(sequence, network, options), lossOf(sequence, network, options), 0.0);
    }
    CHECK(results[0] == results[1]);
    CHECK(results[0] == results[2]);
    options.seed = 6;
    const Network other(options, sequence.get(), 20, kind.tied, kind.map);
    train(sequence, other, options);
    CHECK(results[0] != other.all());
  }
}

void testLearning() {
  const Owned<wm_view> view = viewOf(corpusOf(chainText(2000, 50)));
  const Sequence sequence = sequenceOf(view, 0.1);
  const Sequence heldOut = sequenceOf(view, 0.1, true);
  wm_baselines baselines{};
  CHECK_EQUAL(wm_sequence_baselines(sequence.get(), heldOut.get(), nullptr, &baselines, nullptr), WM_OK);
  const auto tokens = static_cast<double>(infoOf(heldOut).tokens);
  for (const Kind& kind : kinds) {
    if (kind.context == WM_CONTEXT_MEAN && !kind.map) continue;
    for (const int32_t rule : {WM_SGD, WM_ADAGRAD, WM_ADAM, WM_ADAMW}) {
      wm_next_token_options options = optionsOf(kind);
      options.samples = 30;
      options.optimizer.rule = rule;
      options.optimizer.momentum = rule == WM_SGD ? 0.9 : 0.0;
      options.learning_rate = rule == WM_SGD ? 0.3 : rule == WM_ADAGRAD ? 0.1 : 0.02;
      options.schedule = WM_RATE_COSINE;
      options.warmup = 0.1;
      options.epochs = 4;
      const Network network(options, sequence.get(), 24, kind.tied, kind.map, 0.1F);
      const double before = lossOf(heldOut, network, options);
      train(sequence, network, options);
      const double after = lossOf(heldOut, network, options);
      CHECK(after < before - 0.5);
      CHECK(after < baselines.unigram / tokens - 0.5);
      // The text is a chain, of which a bigram is all that there is to know.
      if (kind.context == WM_CONTEXT_CONCATENATED) CHECK(after < baselines.bigram / tokens + 0.25);
    }
  }
}

/// A job made again that continues at a block gives what the whole run gives, where the optimiser keeps nothing.
void testResumption() {
  const Sequence sequence = sequenceOf(viewOf(corpusOf(chainText(2000, 60))));
  wm_next_token_options options = optionsOf();
  options.epochs = 2;
  options.learning_rate = 0.3;
  options.schedule = WM_RATE_LINEAR;
  const Network whole(options, sequence.get(), 12, false, true);
  train(sequence, whole, options);
  const Network parts(options, sequence.get(), 12, false, true);
  train(sequence, parts, options, 0, 3);
  train(sequence, parts, options, 3);
  CHECK(whole.all() == parts.all());
}

void testBaselines() {
  const Owned<wm_corpus> corpus = corpusOf(chainText(900, 31));
  const Owned<wm_view> view = viewOf(corpus);
  const Sequence training = sequenceOf(view, 0.2);
  const Sequence heldOut = sequenceOf(view, 0.2, true);
  wm_baselines found{};
  CHECK_EQUAL(wm_sequence_baselines(training.get(), heldOut.get(), nullptr, &found, nullptr), WM_OK);
  CHECK(found.bigram_k > 0.0 && found.bigram_k <= 1.0);
  const auto tokens = static_cast<double>(infoOf(heldOut).tokens);
  // Three of four words follow from the one before; any else of 31 is as likely.
  const double entropy = -0.758 * std::log(0.758) - 0.242 * std::log(0.25 / 31);
  CHECK(found.bigram / tokens > entropy);
  CHECK(found.bigram / tokens < entropy + 0.6);
  CHECK_NEAR(found.unigram / tokens, std::log(31.0), 0.1);

  // By hand: counts of a, b in "a b a", asked about "b b".
  const Sequence small = sequenceOf(viewOf(corpusOf("a b a\n")));
  wm_view_options rules = viewOptions();
  const Owned<wm_keys> words = keysOf({"a", "b"});
  rules.vocabulary = words.get();
  const Sequence asked = sequenceOf(viewOf(corpusOf("b b\n"), rules));
  CHECK_EQUAL(wm_sequence_baselines(small.get(), asked.get(), nullptr, &found, nullptr), WM_OK);
  CHECK_NEAR(found.unigram, -2.0 * std::log(2.0 / 5.0), 1e-12);
  CHECK_EQUAL(found.bigram_k, 1.0);
  // After a start: one a of one; after b: one a of one.
  CHECK_NEAR(found.bigram, -2.0 * std::log(1.0 / 3.0), 1e-12);
}

void testSplit() {
  const Owned<wm_view> view = viewOf(corpusOf(chainText(100, 30)));
  const Sequence left = sequenceOf(view, 0.25);
  const Sequence held = sequenceOf(view, 0.25, true);
  const Sequence whole = sequenceOf(view);
  CHECK_EQUAL(infoOf(held).sentences, 25U);
  CHECK_EQUAL(infoOf(left).sentences, 75U);
  CHECK_EQUAL(infoOf(left).tokens + infoOf(held).tokens, infoOf(whole).tokens);
  for (uint64_t row = 0; row < infoOf(whole).rows; ++row) {
    CHECK_EQUAL(wm_sequence_counts(left.get())[row] + wm_sequence_counts(held.get())[row],
                wm_sequence_counts(whole.get())[row]);
  }
  CHECK_EQUAL(infoOf(sequenceOf(view, 1e-9, true)).sentences, 1U);
  CHECK_EQUAL(infoOf(sequenceOf(view, 0.9999)).sentences, 1U);

  wm_sequence* none = nullptr;
  wm_error error{};
  const Owned<wm_view> line = viewOf(corpusOf("a b c\n"));
  CHECK_EQUAL(wm_sequence_create(line.get(), 0.1, 1, 0, nullptr, &none, &error), WM_ERR_CORPUS);
  CHECK_EQUAL(std::string(error.option), "validation");
  CHECK_EQUAL(wm_sequence_create(line.get(), 1.0, 1, 0, nullptr, &none, &error), WM_ERR_OPTION);
  CHECK_EQUAL(wm_sequence_create(line.get(), std::nan(""), 1, 0, nullptr, &none, &error), WM_ERR_OPTION);
}

void testDivergence() {
  const Sequence sequence = sequenceOf(viewOf(corpusOf(chainText(1000, 40))));
  wm_next_token_options options = optionsOf();
  options.learning_rate = 1e30;
  const Network network(options, sequence.get(), 12, false, true);
  const Owned<wm_job> job = jobOf(sequence, network, options);
  CHECK_EQUAL(wm_job_submit(job.get(), 0, 2, nullptr), WM_OK);
  wm_error error{};
  CHECK_EQUAL(wm_job_wait(job.get(), &error), WM_ERR_DIVERGED);
  CHECK_EQUAL(error.block, 0);
}

void testRefusals() {
  const Sequence sequence = sequenceOf(viewOf(corpusOf("a b c d\n")));
  const auto refused = [&](const char* option, const std::function<void(wm_next_token_options&)>& spoil,
                           const std::function<void(wm_next_token_tables&)>& spoilTables = {}) {
    wm_next_token_options options = optionsOf();
    const Network network(options, sequence.get(), 4, false, true);
    wm_next_token_tables tables = network.tables;
    spoil(options);
    if (spoilTables) spoilTables(tables);
    wm_job* job = nullptr;
    wm_error error{};
    CHECK_EQUAL(wm_next_token_job_create(sequence.get(), &tables, &options, &job, &error), WM_ERR_OPTION);
    CHECK_EQUAL(std::string(error.option), option);
  };
  const auto nothing = [](wm_next_token_options&) {};
  refused("context", [](auto& o) { o.context = 2; });
  refused("contextSize", [](auto& o) { o.context_size = 0; });
  refused("contextSize", [](auto& o) { o.context_size = 1025; });
  refused("objective", [](auto& o) { o.objective = 3; });
  refused("batchSize", [](auto& o) { o.batch_size = 0; });
  refused("epochs", [](auto& o) { o.epochs = 0; });
  refused("threads", [](auto& o) { o.threads = 1025; });
  refused("warmup", [](auto& o) { o.warmup = 1.5; });
  refused("schedule", [](auto& o) { o.schedule = 9; });
  refused("learningRate", [](auto& o) { o.learning_rate = 0.0; });
  refused("learningRate", [](auto& o) { o.learning_rate = std::numeric_limits<double>::infinity(); });
  refused("optimizer", [](auto& o) { o.optimizer.rule = 9; });
  refused("momentum", [](auto& o) { o.optimizer.momentum = 1.0; });
  refused("weightDecay", [](auto& o) { o.optimizer.weight_decay = -1.0; });
  refused("learningRateEnd", [](auto& o) {
    o.schedule = WM_RATE_LINEAR;
    o.learning_rate_end = 2.0;
  });
  refused("negativeSamples", [](auto& o) {
    o.objective = WM_NEXT_TOKEN_SAMPLED;
    o.samples = 0;
  });
  refused("negativeExponent", [](auto& o) {
    o.objective = WM_NEXT_TOKEN_SAMPLED;
    o.sample_exponent = std::nan("");
  });
  refused("map", [](auto& o) { o.context_size = 2; });
  refused("map", nothing, [](auto& t) { t.map = nullptr; });
  refused("input", nothing, [](auto& t) { t.input = nullptr; });
  refused("output", nothing, [](auto& t) { t.output = t.input; });
  refused("output", nothing, [](auto& t) { t.output = t.bias; });
  refused("bias", nothing, [](auto& t) { t.bias = t.map; });
  refused("bias", nothing, [](auto& t) { t.bias = nullptr; });
  refused(
      "counts", [](auto& o) { o.objective = WM_NEXT_TOKEN_SAMPLED; }, [](auto& t) { t.counts = nullptr; });
  refused(
      "tied", [](auto& o) { o.objective = WM_NEXT_TOKEN_TREE; }, [](auto& t) { t.output = nullptr; });

  const wm_next_token_options options = optionsOf();
  const Network network(options, sequence.get(), 4, false, true);
  float out[4];
  const uint32_t beyond = 4;
  CHECK_EQUAL(wm_next_token_predict(&network.tables, &options, &beyond, 1, out, nullptr), WM_ERR_OPTION);
  double loss = 0.0;
  const Sequence other = sequenceOf(viewOf(corpusOf("a b c d e\n")));
  CHECK_EQUAL(wm_next_token_loss(other.get(), &network.tables, &options, nullptr, &loss, nullptr), WM_ERR_OPTION);
}

void testCancelling() {
  const Sequence sequence = sequenceOf(viewOf(corpusOf(chainText(3000, 5000))));
  wm_next_token_options options = optionsOf();
  options.epochs = 1000;
  const Network network(options, sequence.get(), 64, false, true);
  const Owned<wm_job> job = jobOf(sequence, network, options);
  wm_job_progress progress;
  wm_job_poll(job.get(), &progress);
  CHECK_EQUAL(progress.threads, 2U);
  CHECK_EQUAL(wm_job_submit(job.get(), 0, progress.blocks, nullptr), WM_OK);
  wm_job_pause(job.get());
  CHECK_EQUAL(wm_job_wait(job.get(), nullptr), WM_OK);
  wm_job_poll(job.get(), &progress);
  CHECK(progress.blocks_done <= 1);
  CHECK_EQUAL(wm_job_submit(job.get(), progress.blocks_done, progress.blocks - progress.blocks_done, nullptr), WM_OK);
  wm_job_cancel(job.get());
  CHECK_EQUAL(wm_job_wait(job.get(), nullptr), WM_ERR_CANCELLED);
  for (const float value : network.all()) {
    if (!std::isfinite(value)) {
      CHECK(false);
      break;
    }
  }
  wm_signal* signal = nullptr;
  CHECK_EQUAL(wm_signal_create(&signal, nullptr), WM_OK);
  const Owned<wm_signal> raised(signal);
  wm_signal_raise(signal);
  double loss = 0.0;
  CHECK_EQUAL(wm_next_token_loss(sequence.get(), &network.tables, &options, signal, &loss, nullptr), WM_ERR_CANCELLED);
}

}  // namespace

int main() {
  testGradients();
  testProbabilities();
  testUncountedRows();
  testThreadsAndSeeds();
  testLearning();
  testResumption();
  testBaselines();
  testSplit();
  testDivergence();
  testRefusals();
  testCancelling();
  return checkResult();
}
