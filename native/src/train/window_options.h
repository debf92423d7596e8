#pragma once

#include <cstdint>
#include <memory>

#include "wordmill.h"

namespace wordmill {

class Subwords;
class Table;
class View;

/// wm_window_tables, with shares in the tables instead of handles.
struct WindowTables {
  std::shared_ptr<Table> input;
  std::shared_ptr<Table> output;
  std::shared_ptr<Table> tree;
  const float* locks;
  std::shared_ptr<const Subwords> subwords;
};

inline bool usesNegativeSampling(const wm_window_options& options) {
  return (options.objectives & WM_NEGATIVE_SAMPLING) != 0;
}
inline bool usesTree(const wm_window_options& options) { return (options.objectives & WM_HIERARCHICAL_SOFTMAX) != 0; }
inline bool usesFullSoftmax(const wm_window_options& options) { return (options.objectives & WM_FULL_SOFTMAX) != 0; }

/// Throws WM_ERR_OPTION for a value out of range, a contradiction, or tables that do not fit the view.
void checkWindowOptions(const wm_window_options& options, const WindowTables& tables, const View& view);

}  // namespace wordmill
