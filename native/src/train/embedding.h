#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "memory/table.h"
#include "train/optimizer.h"
#include "train/row_groups.h"
#include "train/sparse_gradient.h"
#include "wordmill.h"

namespace wordmill {

/// A look-up table that is trained by gradients: rows by id, sums of rows, and the table as an output layer. Every
/// function checks all it is given before it changes anything, and gives the same result on any number of threads,
/// since each row is added up by one thread in the order of positions. One caller at a time.
class Embedding {
 public:
  /// Throws WM_ERR_OPTION for a table that cannot be trained and for options out of range.
  Embedding(std::shared_ptr<Table> table, const wm_embedding_options& options);

  const Table& table() const { return *table_; }
  const SparseGradient& gradient() const { return gradient_; }
  uint64_t steps() const { return steps_; }
  /// Memory beside the table.
  uint64_t bytes() const;
  void freeze(bool frozen) { frozen_ = frozen; }

  /// out[i] = row ids[i], dense. With a largest length, rows that are longer are cut to it first, in the table.
  void lookUp(const uint32_t* ids, uint64_t count, float* out);
  /// Adds row i of the gradients to that of row ids[i].
  void addGradient(const uint32_t* ids, uint64_t count, const float* gradients);

  /// out[b] = the sum, mean or largest numbers of the rows of bag b.
  void lookUpBags(const wm_bags& bags, float* out);
  /// From the gradients of the bags. `weightGradients`: NULL, or one for each id.
  void addBagGradient(const wm_bags& bags, const float* gradients, float* weightGradients);

  /// out[i * rows + r] = hidden[i] . row r
  void logits(const float* hidden, uint64_t count, float* out) const;
  /// From the gradients of the logits: `hiddenGradients` is NULL or overwritten.
  void addLogitGradient(const float* hidden, uint64_t count, const float* gradients, float* hiddenGradients);

  /// A step on the rows that have a gradient. The states of the optimizer begin anew with another rule.
  void step(const wm_optimizer_options& options, double learningRate);
  void clearGradient() { gradient_.cutTo(0); }

 private:
  /// A row, or a number that is none.
  uint64_t padding() const { return static_cast<uint64_t>(options_.padding_row); }
  void checkIds(const uint32_t* ids, uint64_t count) const;
  void checkBags(const wm_bags& bags) const;
  const float* row(uint32_t id) const { return table_->trainable() + id * table_->floatStride(); }
  /// Cuts the rows of the ids to the largest length.
  void limitLengths(const uint32_t* ids, uint64_t count);
  /// Places for rows that have no gradient yet, whose values `fill` writes; taken away again where it throws. It is
  /// told how many places there were before.
  void withPlaces(const std::vector<uint32_t>& rows, const std::function<void(uint64_t before)>& fill);
  /// Adds to each group's row the sum of gradients[picks[j]] * weights[j] over its positions j in the list of all
  /// groups, divided by their number where frequency counts. False where a number was not finite.
  bool addGroups(const float* gradients, const uint32_t* picks, const float* weights);
  /// Whether the gradients that are left out are finite, or false where that takes a closer look.
  bool isPaddingFinite(const uint32_t* ids, uint64_t count, const float* gradients) const;
  void addLargest(const wm_bags& bags, const float* gradients);
  void addWeightGradients(const wm_bags& bags, const float* gradients, float* out) const;
  void sumBag(const wm_bags& bags, uint64_t bag, float* out) const;
  /// The largest number of each column, and the position of the id that it is of; UINT32_MAX for none.
  void largestOfBag(const wm_bags& bags, uint64_t bag, float* out, uint32_t* positions) const;
  void addLogitGradientOfRows(const float* hidden, uint64_t count, const float* gradients);
  void findHiddenGradients(uint64_t count, const float* gradients, float* out) const;
  OptimizedRows optimizedRows() const;

  const std::shared_ptr<Table> table_;
  const wm_embedding_options options_;
  const unsigned threads_;
  bool frozen_ = false;
  RowGroups groups_;
  SparseGradient gradient_;
  std::optional<wm_optimizer_options> stepped_;  // what the states belong to
  std::shared_ptr<Table> first_;
  std::shared_ptr<Table> second_;
  uint64_t steps_ = 0;
};

}  // namespace wordmill
