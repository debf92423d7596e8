#pragma once

#include <memory>

#include "backend/module.h"
#include "count/count.h"

namespace wordmill {

class View;

/// countCooccurrences on a device: the same result. Of the rules' storage only the result takes notice.
std::shared_ptr<const Cooccurrence> countOnDevice(const View& view, const CountRules& rules, const Device& device,
                                                  wm_signal* signal);

}  // namespace wordmill
