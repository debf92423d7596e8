#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "wordmill.h"

namespace wordmill {

class Table;

/// wm_next_token_tables, with shares in the tables instead of handles.
struct NextTokenTables {
  std::shared_ptr<Table> input;
  std::shared_ptr<Table> map;
  std::shared_ptr<Table> output;
  std::shared_ptr<Table> bias;
  const uint64_t* counts;
  bool countedOnly;

  bool isTied() const { return output == nullptr; }
  /// Whose rows the logits come from.
  Table& outputRows() const { return output != nullptr ? *output : *input; }
  /// Whether a row has a part in the softmax.
  bool takesPart(uint64_t row) const { return !countedOnly || counts[row] > 0; }
};

/// Numbers in x, the context as the network sees it.
uint64_t contextWidth(const wm_next_token_options& options, uint64_t columns);

/// Throws WM_ERR_OPTION for what a network cannot be, and for tables that do not fit each other.
void checkNextTokenNetwork(const wm_next_token_options& options, const NextTokenTables& tables);

/// The same for tokens that are to be predicted, of which it has how often each row occurs.
void checkNextTokenTargets(const NextTokenTables& tables, const std::vector<uint64_t>& occurrences);

/// The same for what only training needs.
void checkNextTokenTraining(const wm_next_token_options& options, const NextTokenTables& tables,
                            const std::vector<uint64_t>& occurrences);

/// The schedule of a training of so many steps.
wm_schedule nextTokenSchedule(const wm_next_token_options& options, uint64_t steps);

}  // namespace wordmill
