#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/select.h"
#include "memory/table.h"
#include "train/next_token/model.h"

namespace wordmill {
namespace {

/// Logits of all rows of the output, or nodes of the tree.
std::vector<float> logitsOf(const NextTokenTables& tables, const float* hidden) {
  const Table& output = tables.outputRows();
  std::vector<float> logits(output.rows());
  kernels().dotRows(output.row(0), output.rowStride(), kRowF32, output.rows(), output.columns(), hidden, logits.data());
  const float* const bias = tables.bias->trainable();
  for (size_t row = 0; row < logits.size(); ++row) logits[row] += bias[row];
  return logits;
}

}  // namespace

void predictNextToken(const NextTokenTables& tables, const wm_next_token_options& options, const uint32_t* tokens,
                      uint64_t count, float* out) {
  const uint64_t rows = tables.input->rows();
  const auto used = static_cast<uint32_t>(std::min<uint64_t>(count, options.context_size));
  Batch batch(options.context_size);
  batch.targets.push_back(0);
  batch.present.push_back(used);
  batch.contexts.assign(options.context_size, TokenSequence::kNone);
  std::reverse_copy(tokens + (count - used), tokens + count, batch.contexts.begin());

  const NextTokenParameters parameters(tables, nullptr);
  HiddenLayer hidden(parameters, options);
  Scratch scratch;
  hidden.begin(batch);
  hidden.pack();
  hidden.forward(batch, {0, 1}, scratch);
  const std::vector<float> logits = logitsOf(tables, hidden.hidden(0));
  if (options.objective != WM_NEXT_TOKEN_TREE) {
    for (uint64_t row = 0; row < rows; ++row) {
      out[row] = tables.takesPart(row) ? logits[row] : -std::numeric_limits<float>::infinity();
    }
    const float sum = kernels().expSum(out, rows, kernels().maxOf(out, rows));
    for (uint64_t row = 0; row < rows; ++row) out[row] = tables.takesPart(row) ? out[row] / sum : 0.0F;
    return;
  }
  const NextTokenCounts counts(options, tables, false);
  for (uint64_t row = 0; row < rows; ++row) {
    const HuffmanTree::Path path = counts.tree->path(static_cast<uint32_t>(row));
    double probability = 1.0;
    for (uint32_t k = 0; k < path.length; ++k) {
      probability /= 1.0 + std::exp(-static_cast<double>(path.signs[k] * logits[path.nodes[k]]));
    }
    out[row] = static_cast<float>(probability);
  }
}

}  // namespace wordmill
