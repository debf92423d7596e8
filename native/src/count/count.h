#pragma once

#include <cstdint>
#include <memory>

#include "count/cooccurrence.h"
#include "memory/growing_bytes.h"
#include "wordmill.h"

namespace wordmill {

class View;

/// What wm_count_options says.
struct CountRules {
  uint32_t windowSize = 15;
  bool symmetric = true;
  bool distanceWeighting = true;
  unsigned threads = 1;
  Storage storage;
};

/// Counts how often words stand near each other within the sentences of a view. The result is the same for any number
/// of threads and any memory limit.
std::shared_ptr<const Cooccurrence> countCooccurrences(const View& view, const CountRules& rules, wm_signal* signal);

}  // namespace wordmill
