// Next-token training through the C ABI: gradients against finite differences, probabilities, the same result for any
// number of threads, and that it learns.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "next_token_fixture.h"

namespace {

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

}  // namespace

int main() {
  testGradients();
  testProbabilities();
  testUncountedRows();
  testThreadsAndSeeds();
  testLearning();
  testResumption();
  return checkResult();
}
