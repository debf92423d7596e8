#include "train/embedding.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>

#include "kernels/select.h"
#include "memory/table.h"
#include "memory/table_access.h"
#include "runtime/error.h"
#include "runtime/parallel.h"
#include "train/finite.h"
#include "train/trainable.h"

namespace wordmill {
namespace {

void checkEmbeddingOptions(const wm_embedding_options& options, const Table& table) {
  checkOption(options.padding_row >= -1 &&
                  (options.padding_row < 0 || static_cast<uint64_t>(options.padding_row) < table.rows()),
              "paddingIndex", "the padding must be one of the " + std::to_string(table.rows()) + " rows");
  checkOption(options.max_norm >= 0.0 && std::isfinite(options.max_norm), "maxNorm",
              "the largest length must be positive");
  checkOption(options.norm_type > 0.0, "normType", "the type of the length must be positive");
  checkOption(options.threads <= 1024, "threads", "at most 1024 threads");
}

/// The p-th root of the sum of p-th powers; for infinity the largest number.
double lengthOf(const float* row, uint64_t columns, double p) {
  if (p == 2.0) {
    float squares = 0.0F;
    kernels().squaredLengths(row, 0, kRowF32, 1, columns, &squares);
    return std::sqrt(static_cast<double>(squares));
  }
  double total = 0.0;
  for (uint64_t c = 0; c < columns; ++c) {
    const double size = std::fabs(static_cast<double>(row[c]));
    total = std::isinf(p) ? std::max(total, size) : total + (p == 1.0 ? size : std::pow(size, p));
  }
  return std::isinf(p) || p == 1.0 ? total : std::pow(total, 1.0 / p);
}

/// Whether states that were made for one rule serve another.
bool isSameRule(const wm_optimizer_options& a, const wm_optimizer_options& b) {
  return a.rule == b.rule && Optimizer(a).states() == Optimizer(b).states();
}

}  // namespace

Embedding::Embedding(std::shared_ptr<Table> table, const wm_embedding_options& options)
    : table_(std::move(table)),
      options_(options),
      threads_(resolveThreads(options.threads)),
      groups_(table_->rows()),
      gradient_(table_->rows(), table_->columns()) {
  checkTrainable(table_.get(), "table", table_->rows(), table_->columns());
  checkEmbeddingOptions(options_, *table_);
}

uint64_t Embedding::bytes() const {
  return gradient_.bytes() + (first_ ? first_->bytes() : 0) + (second_ ? second_->bytes() : 0);
}

void Embedding::checkIds(const uint32_t* ids, uint64_t count) const {
  checkOption(count < UINT32_MAX, "ids", "at most 4294967294 ids at once");
  uint32_t largest = 0;
  for (uint64_t i = 0; i < count; ++i) largest = std::max(largest, ids[i]);
  if (count == 0 || largest < table_->rows()) return;
  uint64_t at = 0;
  while (ids[at] < table_->rows()) ++at;
  const auto asSigned = static_cast<int32_t>(ids[at]);
  const std::string unsigned32 = asSigned < 0 ? " (" + std::to_string(ids[at]) + " without a sign)" : "";
  throw optionError("ids", "ids[" + std::to_string(at) + "] is " + std::to_string(asSigned) + unsigned32 +
                               "; the table has rows 0 to " + std::to_string(table_->rows() - 1));
}

void Embedding::limitLengths(const uint32_t* ids, uint64_t count) {
  if (options_.max_norm == 0.0) return;
  groups_.group(ids, count, padding());
  const std::vector<uint32_t>& rows = groups_.rows();
  std::atomic<bool> changed{false};
  parallelTasks(rows.size(), table_->rowStride(), threads_, [&](uint64_t first, uint64_t end) {
    for (uint64_t i = first; i < end; ++i) {
      float* const row = table_->trainable() + rows[i] * table_->floatStride();
      const double length = lengthOf(row, table_->columns(), options_.norm_type);
      if (!(length > options_.max_norm)) continue;
      // As torch does it: a little less than the largest length.
      const auto scale = static_cast<float>(options_.max_norm / (length + 1e-7));
      for (uint64_t c = 0; c < table_->columns(); ++c) row[c] *= scale;
      changed = true;
    }
  });
  if (changed) table_->changed();
}

void Embedding::lookUp(const uint32_t* ids, uint64_t count, float* out) {
  checkIds(ids, count);
  limitLengths(ids, count);
  gatherRows(*table_, ids, count, out, threads_);
}

void Embedding::addGradient(const uint32_t* ids, uint64_t count, const float* gradients) {
  checkIds(ids, count);
  const uint64_t columns = table_->columns();
  if (frozen_ || gradient_.size() > 0) {
    requireFinite(gradients, count, columns, "gradient", threads_);
    if (frozen_) return;
    groups_.group(ids, count, padding());
    addGroups(gradients, groups_.positions().data(), nullptr);
    return;
  }
  // Nothing is there yet, so all can be taken back, and the numbers are looked at while they are added.
  try {
    groups_.group(ids, count, padding());
    const bool isFinite = addGroups(gradients, groups_.positions().data(), nullptr);
    if (!isFinite || !isPaddingFinite(ids, count, gradients)) {
      requireFinite(gradients, count, columns, "gradient", threads_);
    }
  } catch (...) {
    gradient_.cutTo(0);
    throw;
  }
}

bool Embedding::isPaddingFinite(const uint32_t* ids, uint64_t count, const float* gradients) const {
  if (options_.padding_row < 0) return true;
  float total = 0.0F;
  for (uint64_t i = 0; i < count; ++i) {
    if (ids[i] != padding()) continue;
    float squares = 0.0F;
    kernels().squaredLengths(gradients + i * table_->columns(), 0, kRowF32, 1, table_->columns(), &squares);
    total += squares;
  }
  return std::isfinite(total);
}

void Embedding::withPlaces(const std::vector<uint32_t>& rows, const std::function<void(uint64_t before)>& fill) {
  const uint64_t before = gradient_.size();
  gradient_.add(rows);
  try {
    fill(before);
  } catch (...) {
    gradient_.cutTo(before);
    throw;
  }
}

bool Embedding::addGroups(const float* gradients, const uint32_t* picks, const float* weights) {
  const uint64_t columns = table_->columns();
  const uint64_t total = groups_.positions().size();
  std::atomic<bool> finite{true};
  withPlaces(groups_.rows(), [&](uint64_t before) {
    const bool streams = before == 0 && streamsPast(groups_.size(), columns);
    parallelTasks(total, columns * sizeof(float), threads_, [&](uint64_t first, uint64_t end) {
      std::vector<float> scratch(columns);
      const RowGroups::Range range = groups_.groupsIn(first, end);
      for (uint64_t g = range.first; g < range.end; ++g) {
        const uint64_t begin = groups_.begin(g);
        const uint64_t place = gradient_.placeOf(g, groups_.rows()[g]);
        PickedSum sum{};
        sum.rows = gradients;
        sum.stride = columns;
        sum.ids = picks + begin;
        sum.weights = weights != nullptr ? weights + begin : nullptr;
        sum.count = groups_.count(g);
        sum.known = total - begin;
        sum.columns = columns;
        sum.scale = options_.scale_by_frequency != 0 ? 1.0F / static_cast<float>(sum.count) : 1.0F;
        sum.start = place < before ? gradient_.at(place) : nullptr;
        sum.scratch = scratch.data();
        sum.out = gradient_.at(place);
        sum.streams = streams ? 1 : 0;
        if (kernels().sumPicked(&sum) == 0) finite = false;
      }
      if (streams) kernels().streamed();
    });
  });
  return finite;
}

OptimizedRows Embedding::optimizedRows() const {
  const auto state = [](const std::shared_ptr<Table>& table) { return table ? table->trainable() : nullptr; };
  return {table_->trainable(), state(first_), state(second_), table_->columns(), table_->floatStride()};
}

void Embedding::step(const wm_optimizer_options& options, double learningRate) {
  const Optimizer optimizer(options);
  const bool goesOn = stepped_ && isSameRule(*stepped_, options);
  const uint64_t number = goesOn ? steps_ + 1 : 1;
  const OptimizerStep step = optimizer.step(number, learningRate, Optimizer::Gradient::kRows);
  if (frozen_ || gradient_.size() == 0) return;
  if (!goesOn) {
    const auto state = [&](bool isKept) {
      return isKept ? Table::create(WM_F32, table_->rows(), table_->columns()) : nullptr;
    };
    std::shared_ptr<Table> first = state(optimizer.states() > 0);
    second_ = state(optimizer.states() > 1);
    first_ = std::move(first);
  }
  stepped_ = options;
  steps_ = number;
  // The gradient, and the values and states to and fro.
  const uint64_t rowBytes = table_->rowStride() * (3 + 2 * optimizer.states());
  const OptimizedRows rows = optimizedRows();
  parallelTasks(gradient_.size(), rowBytes, threads_, [&](uint64_t first, uint64_t end) {
    optimizeRows(step, rows, gradient_.rows().data() + first, end - first, gradient_.at(first), gradient_.stride());
  });
  table_->changed();
}

}  // namespace wordmill
