// A table with an embedding on it, and something to look up.
#pragma once

#include <cstring>
#include <random>
#include <vector>

#include "check.h"
#include "wordmill.h"

constexpr uint64_t kRows = 700;
constexpr uint64_t kColumns = 37;
constexpr uint32_t kPadding = 5;

inline std::mt19937 generator(11);

inline std::vector<float> randomValues(uint64_t n) {
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  std::vector<float> values(n);
  for (float& value : values) value = uniform(generator);
  return values;
}

/// Some ids much more often than others.
inline std::vector<uint32_t> randomIds(uint64_t n) {
  std::vector<uint32_t> ids(n);
  for (uint32_t& id : ids) id = static_cast<uint32_t>(generator() % (1 + generator() % kRows));
  return ids;
}

inline wm_embedding_options plain(uint32_t threads = 1) { return {-1, 0.0, 2.0, 0, threads}; }

inline wm_embedding_options padded() {
  wm_embedding_options options = plain();
  options.padding_row = kPadding;
  return options;
}

/// A table and the embedding on it.
struct Layer {
  explicit Layer(const wm_embedding_options& options) {
    CHECK_EQUAL(wm_table_create(WM_F32, kRows, kColumns, &table, nullptr), WM_OK);
    CHECK_EQUAL(wm_table_fill_uniform(table, 0, kRows, -1.0F, 1.0F, 3, nullptr), WM_OK);
    CHECK_EQUAL(wm_embedding_create(table, &options, &embedding, nullptr), WM_OK);
  }
  Layer(const Layer&) = delete;
  ~Layer() {
    wm_table_release(table);
    wm_embedding_release(embedding);
  }

  std::vector<float> rows() const {
    std::vector<float> out(kRows * kColumns);
    CHECK_EQUAL(wm_table_read(table, 0, kRows, WM_F32, out.data(), out.size() * sizeof(float), nullptr), WM_OK);
    return out;
  }

  /// Of every row; zeros where it has none.
  std::vector<float> gradient() const {
    wm_embedding_info info;
    wm_embedding_describe(embedding, &info);
    std::vector<uint32_t> ids(info.gradient_rows);
    std::vector<float> values(info.gradient_rows * kColumns);
    CHECK_EQUAL(wm_embedding_gradient(embedding, ids.data(), values.data(), nullptr), WM_OK);
    std::vector<float> out(kRows * kColumns);
    for (size_t i = 0; i < ids.size(); ++i) {
      std::memcpy(&out[ids[i] * kColumns], &values[i * kColumns], kColumns * sizeof(float));
    }
    return out;
  }

  uint64_t gradientRows() const {
    wm_embedding_info info;
    wm_embedding_describe(embedding, &info);
    return info.gradient_rows;
  }

  wm_table* table = nullptr;
  wm_embedding* embedding = nullptr;
};

/// Bags of 0 to 6 ids, the padding among them.
struct Bags {
  explicit Bags(wm_bag_mode mode, uint64_t count = 200, bool isWeighted = false) {
    for (uint64_t b = 0; b < count; ++b) {
      offsets.push_back(static_cast<uint32_t>(ids.size()));
      for (uint32_t i = generator() % 7; i > 0; --i) {
        ids.push_back(generator() % 4 == 0 ? kPadding : static_cast<uint32_t>(generator() % kRows));
      }
    }
    if (isWeighted) weights = randomValues(ids.size());
    value = {mode, ids.data(), ids.size(), offsets.data(), offsets.size(), isWeighted ? weights.data() : nullptr};
  }
  uint64_t end(uint64_t bag) const { return bag + 1 < offsets.size() ? offsets[bag + 1] : ids.size(); }

  std::vector<uint32_t> ids;
  std::vector<uint32_t> offsets;
  std::vector<float> weights;
  wm_bags value{};
};
