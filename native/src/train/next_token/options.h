#pragma once

#include <cstdint>
#include <memory>

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

  bool isTied() const { return output == nullptr; }
  /// Whose rows the logits come from.
  Table& outputRows() const { return output != nullptr ? *output : *input; }
};

/// Numbers in x, the context as the network sees it.
uint64_t contextWidth(const wm_next_token_options& options, uint64_t columns);

/// Throws WM_ERR_OPTION for what a network cannot be, and for tables that do not fit each other.
void checkNextTokenNetwork(const wm_next_token_options& options, const NextTokenTables& tables);

/// The same for what only training needs, with the rows of what it trains on.
void checkNextTokenTraining(const wm_next_token_options& options, const NextTokenTables& tables, uint64_t rows);

/// The schedule of a training of so many steps.
wm_schedule nextTokenSchedule(const wm_next_token_options& options, uint64_t steps);

}  // namespace wordmill
