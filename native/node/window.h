#pragma once

#include <vector>

#include "napi_headers.h"
#include "subwords.h"
#include "table.h"

namespace wordmill::node {

/// WindowTables of binding.ts, with what `native` points to.
struct WindowTables {
  /// `rows` of the view: as many locks are expected.
  WindowTables(const Napi::Value& value, uint64_t rows);
  WindowTables(const WindowTables&) = delete;

  TableHandle input;
  TableHandle output;
  TableHandle tree;
  SubwordsHandle subwords;
  std::vector<float> locks;
  wm_window_tables native{};
};

/// WindowOptions of binding.ts.
wm_window_options toWindowOptions(const Napi::Value& value);

}  // namespace wordmill::node
