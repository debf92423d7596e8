#pragma once

#include "kernels/kernels.h"
#include "memory/table.h"
#include "sampling/alias_table.h"
#include "sampling/huffman.h"
#include "wordmill_backend.h"

namespace wordmill {

/// Of a native f32 table, or of none.
inline wm_backend_rows describeRows(const Table* table) {
  if (table == nullptr) return {};
  return {table->trainable(), table->rows(), table->columns(), table->floatStride()};
}

inline wm_backend_noise describeNoise(const AliasTable& table) {
  static_assert(sizeof(AliasTable::Slot) == 2 * sizeof(uint32_t), "slots are handed over as they are");
  return {&table.slots().data()->threshold, table.slots().size()};
}

inline wm_backend_tree describeTree(const HuffmanTree& tree) {
  return {tree.starts().data(), tree.nodes().data(), tree.signs().data(), tree.starts().size() - 1};
}

inline wm_backend_step describeStep(const OptimizerStep& step) {
  wm_backend_step out{};
  out.rule = step.kernel;
  out.rate = step.rate;
  out.shrink = step.shrink;
  out.decay = step.decay;
  out.momentum = step.momentum;
  out.epsilon = step.epsilon;
  out.new_share = step.newShare;
  out.square_momentum = step.squareMomentum;
  out.new_square_share = step.newSquareShare;
  return out;
}

}  // namespace wordmill
