// Networks and sequences for the tests of next-token training.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "corpus_fixture.h"

struct ReleaseSequence {
  void operator()(wm_sequence* handle) const { wm_sequence_release(handle); }
};
using Sequence = std::unique_ptr<wm_sequence, ReleaseSequence>;

inline Sequence sequenceOf(const Owned<wm_view>& view, double heldOut = 0.0, bool takeHeldOut = false,
                           uint64_t seed = 1) {
  wm_sequence* sequence = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_sequence_create(view.get(), heldOut, seed, takeHeldOut ? 1 : 0, nullptr, &sequence, &error), WM_OK);
  CHECK_EQUAL(std::string(error.text), "");
  return Sequence(sequence);
}

inline wm_sequence_info infoOf(const Sequence& sequence) {
  wm_sequence_info info;
  wm_sequence_describe(sequence.get(), &info);
  return info;
}

/// Sentences in which each word but the first follows from the one before it, more or less.
inline std::string chainText(size_t lines, uint32_t words, uint32_t seed = 7) {
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

inline wm_next_token_options optionsOf() {
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

inline Owned<wm_job> jobOf(const Sequence& sequence, const Network& network, const wm_next_token_options& options) {
  wm_job* job = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_next_token_job_create(sequence.get(), &network.tables, &options, &job, &error), WM_OK);
  CHECK_EQUAL(std::string(error.text), "");
  return Owned<wm_job>(job);
}

/// Trains; the mean loss of what was trained.
inline double train(const Sequence& sequence, const Network& network, const wm_next_token_options& options,
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
inline double lossOfStep(const Sequence& sequence, const Network& network, wm_next_token_options options) {
  options.learning_rate = 1e-30;
  return train(sequence, network, options);
}

inline double lossOf(const Sequence& sequence, const Network& network, const wm_next_token_options& options) {
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
inline const std::vector<Kind> kinds = {
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

inline wm_next_token_options optionsOf(const Kind& kind) {
  wm_next_token_options options = optionsOf();
  options.objective = kind.objective;
  options.context = kind.context;
  return options;
}
