#pragma once

#include <memory>

#include "count/cooccurrence.h"
#include "memory/growing_bytes.h"
#include "wordmill.h"

namespace wordmill {

/// A matrix from the parts that a file holds. Throws WM_ERR_FORMAT with the offset of what is no such matrix, and
/// WM_ERR_TRUNCATED when the file is too short.
std::shared_ptr<const Cooccurrence> loadMatrix(const wm_cooccurrence_file& file, const Storage& storage,
                                               const wm_signal* signal);

}  // namespace wordmill
