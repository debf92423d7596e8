#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/job.h"
#include "sampling/alias_table.h"
#include "sampling/huffman.h"
#include "wordmill.h"

namespace wordmill {

class Subwords;
class Table;
class View;
struct WindowTables;

/// What all workers of a skip-gram or CBOW training share: the view, the tables, and what is derived from the counts.
class WindowModel final : public BlockWork {
 public:
  /// The arguments must have passed checkWindowOptions.
  WindowModel(std::shared_ptr<const View> view, const WindowTables& tables, const wm_window_options& options);

  uint64_t blocks() const override;
  uint32_t units(uint64_t block) const override;
  uint64_t tokens() const override;
  double learningRate(uint64_t block) const override;
  std::unique_ptr<BlockWorker> makeWorker() override;

  /// At the start of a unit, a pure function of its position: linear from the first to the last token.
  float learningRateAt(uint64_t block, uint32_t unit) const;
  /// The segment of the view that a unit covers.
  uint64_t segmentOf(uint64_t block, uint32_t unit) const;

  /// Full softmax: guards output rows r .. r + kRowsPerLock, r a multiple of it.
  static constexpr uint64_t kRowsPerLock = 512;
  std::mutex& outputLock(uint64_t row) { return outputLocks_[row / kRowsPerLock]; }

  const std::shared_ptr<const View> view;
  const wm_window_options options;
  const std::shared_ptr<Table> input;
  const std::shared_ptr<Table> output;
  const std::shared_ptr<Table> tree;
  /// Null, or the rows that stand for a word together, in place of its own alone.
  const std::shared_ptr<const Subwords> subwords;
  /// Empty, or a factor on each input row's updates.
  const std::vector<float> locks;
  /// A word is kept when 32 random bits are not above this; empty without subsampling.
  const std::vector<uint32_t> keepThresholds;
  const std::optional<AliasTable> noise;
  const std::optional<HuffmanTree> huffman;

 private:
  std::vector<std::mutex> outputLocks_;
};

}  // namespace wordmill
