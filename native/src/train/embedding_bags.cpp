// The bags of an embedding: sums, means and largest numbers of rows.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "kernels/select.h"
#include "memory/table_access.h"
#include "runtime/error.h"
#include "runtime/parallel.h"
#include "train/embedding.h"
#include "train/finite.h"
#include "train/trainable.h"

namespace wordmill {
namespace {

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

uint64_t endOf(const wm_bags& bags, uint64_t bag) { return bag + 1 < bags.bags ? bags.offsets[bag + 1] : bags.n; }

/// Mean bytes that a bag's rows take, to cut the work by.
uint64_t bytesOfBag(const wm_bags& bags, uint64_t columns) {
  return (bags.n / std::max<uint64_t>(1, bags.bags) + 1) * columns * sizeof(float);
}

/// The bag of each id.
std::vector<uint32_t> bagsOfIds(const wm_bags& bags) {
  std::vector<uint32_t> out(bags.n);
  for (uint64_t b = 0; b < bags.bags; ++b) {
    std::fill(out.begin() + bags.offsets[b], out.begin() + static_cast<std::ptrdiff_t>(endOf(bags, b)),
              static_cast<uint32_t>(b));
  }
  return out;
}

}  // namespace

void Embedding::checkBags(const wm_bags& bags) const {
  checkOption(bags.mode >= WM_BAG_SUM && bags.mode <= WM_BAG_MAX, "mode", "unknown mode of the bags");
  checkIds(bags.ids, bags.n);
  checkOption(bags.bags < UINT32_MAX, "offsets", "at most 4294967294 bags at once");
  checkOption(bags.bags > 0 || bags.n == 0, "offsets", "there are ids but no bag that holds them");
  for (uint64_t b = 0; b < bags.bags; ++b) {
    const uint64_t offset = bags.offsets[b];
    const std::string name = "offsets[" + std::to_string(b) + "] is " + std::to_string(offset);
    checkOption(b > 0 || offset == 0, "offsets", name + "; the first bag begins at 0");
    checkOption(b == 0 || offset >= bags.offsets[b - 1], "offsets", name + ", less than the one before it");
    checkOption(offset <= bags.n, "offsets", name + ", and there are only " + std::to_string(bags.n) + " ids");
  }
  checkOption(bags.weights == nullptr || bags.mode == WM_BAG_SUM, "weights", "only sums have weights");
  if (bags.weights != nullptr) requireFinite(bags.weights, bags.n, 1, "weights", 1);
}

void Embedding::lookUpBags(const wm_bags& bags, float* out) {
  checkBags(bags);
  limitLengths(bags.ids, bags.n);
  const uint64_t columns = table_->columns();
  parallelTasks(bags.bags, bytesOfBag(bags, columns), threads_, [&](uint64_t first, uint64_t end) {
    std::vector<uint32_t> positions(bags.mode == WM_BAG_MAX ? columns : 0);
    for (uint64_t b = first; b < end; ++b) {
      float* const to = out + b * columns;
      bags.mode == WM_BAG_MAX ? largestOfBag(bags, b, to, positions.data()) : sumBag(bags, b, to);
    }
  });
}

void Embedding::sumBag(const wm_bags& bags, uint64_t bag, float* out) const {
  const uint64_t first = bags.offsets[bag];
  const uint64_t end = endOf(bags, bag);
  const uint64_t columns = table_->columns();
  const uint32_t* ids = bags.ids + first;
  const float* weights = bags.weights != nullptr ? bags.weights + first : nullptr;
  uint64_t count = end - first;
  uint64_t known = bags.n - first;
  std::vector<uint32_t> kept;
  std::vector<float> keptWeights;
  if (std::find(ids, ids + count, padding()) != ids + count) {
    for (uint64_t i = 0; i < count; ++i) {
      if (ids[i] == padding()) continue;
      kept.push_back(ids[i]);
      if (weights != nullptr) keptWeights.push_back(weights[i]);
    }
    ids = kept.data();
    weights = weights != nullptr ? keptWeights.data() : nullptr;
    known = count = kept.size();
  }
  if (count == 0) {
    std::fill(out, out + columns, 0.0F);
    return;
  }
  PickedSum sum{};
  sum.rows = table_->trainable();
  sum.stride = table_->floatStride();
  sum.ids = ids;
  sum.weights = weights;
  sum.count = count;
  sum.known = known;
  sum.columns = columns;
  sum.scale = bags.mode == WM_BAG_MEAN ? 1.0F / static_cast<float>(count) : 1.0F;
  sum.scratch = out;
  sum.out = out;
  kernels().sumPicked(&sum);
}

void Embedding::largestOfBag(const wm_bags& bags, uint64_t bag, float* out, uint32_t* positions) const {
  const uint64_t columns = table_->columns();
  bool isEmpty = true;
  for (uint64_t i = bags.offsets[bag]; i < endOf(bags, bag); ++i) {
    if (bags.ids[i] == padding()) continue;
    const float* const values = row(bags.ids[i]);
    for (uint64_t c = 0; c < columns; ++c) {
      const bool isLarger = isEmpty || values[c] > out[c];
      out[c] = isLarger ? values[c] : out[c];
      positions[c] = isLarger ? static_cast<uint32_t>(i) : positions[c];
    }
    isEmpty = false;
  }
  if (!isEmpty) return;
  std::fill(out, out + columns, 0.0F);
  std::fill(positions, positions + columns, kNone);
}

void Embedding::addBagGradient(const wm_bags& bags, const float* gradients, float* weightGradients) {
  checkBags(bags);
  checkOption(options_.scale_by_frequency == 0 || bags.mode != WM_BAG_MAX, "mode",
              "gradients scaled by frequency are for sums and means");
  checkOption(weightGradients == nullptr || bags.mode == WM_BAG_SUM, "weightGradient", "only sums have weights");
  requireFinite(gradients, bags.bags, table_->columns(), "gradient", threads_);
  if (weightGradients != nullptr) addWeightGradients(bags, gradients, weightGradients);
  if (frozen_) return;
  groups_.group(bags.ids, bags.n, padding());
  if (bags.mode == WM_BAG_MAX) return addLargest(bags, gradients);
  const std::vector<uint32_t> bagOf = bagsOfIds(bags);
  const std::vector<uint32_t>& positions = groups_.positions();
  std::vector<uint32_t> picks(positions.size());
  for (size_t j = 0; j < picks.size(); ++j) picks[j] = bagOf[positions[j]];
  std::vector<float> factors;
  if (bags.weights != nullptr) {
    for (const uint32_t position : positions) factors.push_back(bags.weights[position]);
  } else if (bags.mode == WM_BAG_MEAN) {
    std::vector<uint32_t> sizes(bags.bags);
    for (const uint32_t bag : picks) ++sizes[bag];
    for (const uint32_t bag : picks) factors.push_back(1.0F / static_cast<float>(sizes[bag]));
  }
  addGroups(gradients, picks.data(), factors.empty() ? nullptr : factors.data());
}

void Embedding::addWeightGradients(const wm_bags& bags, const float* gradients, float* out) const {
  const uint64_t columns = table_->columns();
  parallelTasks(bags.bags, bytesOfBag(bags, columns), threads_, [&](uint64_t first, uint64_t end) {
    for (uint64_t b = first; b < end; ++b) {
      for (uint64_t i = bags.offsets[b]; i < endOf(bags, b); ++i) {
        out[i] = 0.0F;
        if (bags.ids[i] == padding()) continue;
        kernels().dotRows(row(bags.ids[i]), 0, kRowF32, 1, columns, gradients + b * columns, out + i);
      }
    }
  });
}

void Embedding::addLargest(const wm_bags& bags, const float* gradients) {
  const uint64_t columns = table_->columns();
  const std::vector<uint32_t> bagOf = bagsOfIds(bags);
  std::vector<uint32_t> largest(bags.bags * columns);
  parallelTasks(bags.bags, bytesOfBag(bags, columns), threads_, [&](uint64_t first, uint64_t end) {
    std::vector<float> values(columns);
    for (uint64_t b = first; b < end; ++b) largestOfBag(bags, b, values.data(), largest.data() + b * columns);
  });
  const std::vector<uint32_t>& positions = groups_.positions();
  withPlaces(groups_.rows(), [&](uint64_t before) {
    parallelTasks(positions.size(), 2 * columns * sizeof(float), threads_, [&](uint64_t first, uint64_t end) {
      const RowGroups::Range range = groups_.groupsIn(first, end);
      for (uint64_t g = range.first; g < range.end; ++g) {
        const uint64_t place = gradient_.placeOf(g, groups_.rows()[g]);
        float* const to = gradient_.at(place);
        if (place >= before) std::fill(to, to + columns, 0.0F);
        for (uint64_t j = groups_.begin(g); j < groups_.begin(g) + groups_.count(g); ++j) {
          const uint64_t at = bagOf[positions[j]] * columns;
          for (uint64_t c = 0; c < columns; ++c) {
            to[c] += largest[at + c] == positions[j] ? gradients[at + c] : 0.0F;
          }
        }
      }
    });
  });
}

}  // namespace wordmill
