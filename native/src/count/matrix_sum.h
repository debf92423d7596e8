#pragma once

#include <memory>

#include "count/cooccurrence.h"
#include "memory/growing_bytes.h"
#include "runtime/signal.h"

namespace wordmill {

/// Entry by entry. Counts of one unit are added exactly; of two units, as counts. Symmetric when both are. Throws
/// WM_ERR_OPTION when the matrices have not the same number of rows.
std::shared_ptr<const Cooccurrence> addMatrices(const Cooccurrence& a, const Cooccurrence& b, const Storage& storage,
                                                const wm_signal* signal);

}  // namespace wordmill
