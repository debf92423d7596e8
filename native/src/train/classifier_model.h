#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "runtime/job.h"
#include "sampling/alias_table.h"
#include "sampling/huffman.h"
#include "wordmill.h"

namespace wordmill {

class Examples;
class Table;

/// What all workers of a classifier's training share. A block is a range of places in the order of an epoch, in which
/// the examples stand at random: files are often sorted by label, and learning from them in that order forgets.
class ClassifierModel final : public BlockWork {
 public:
  static constexpr uint64_t examplesPerUnit = 256, unitsPerBlock = 16;

  /// Throws WM_ERR_OPTION for a value out of range, or tables that do not fit the examples.
  ClassifierModel(std::shared_ptr<const Examples> examples, std::shared_ptr<Table> input, std::shared_ptr<Table> output,
                  const wm_classifier_options& options);

  uint64_t blocks() const override;
  uint32_t units(uint64_t block) const override;
  uint64_t tokens() const override;
  double learningRate(uint64_t block) const override;
  std::unique_ptr<BlockWorker> makeWorker() override;

  uint64_t blocksPerEpoch() const;
  /// Falls linearly to 0 with every example. `place`: of the example in its epoch.
  float learningRateAt(uint64_t epoch, uint64_t place) const;

  const std::shared_ptr<const Examples> examples;
  const wm_classifier_options options;
  const std::shared_ptr<Table> input;
  const std::shared_ptr<Table> output;
  /// Of labels.
  const std::optional<AliasTable> noise;
  const std::optional<HuffmanTree> huffman;
};

}  // namespace wordmill
