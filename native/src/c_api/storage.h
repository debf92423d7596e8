#pragma once

#include "memory/growing_bytes.h"
#include "wordmill.h"

namespace wordmill {

/// NULL: no limit.
inline Storage storageFrom(const wm_storage* storage) {
  if (storage == nullptr) return {};
  return {storage->memory_limit, storage->temporary_folder != nullptr ? storage->temporary_folder : ""};
}

}  // namespace wordmill
