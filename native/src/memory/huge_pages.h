#pragma once

#include <cstdint>
#include <memory>

namespace wordmill {

/// Zeroed memory, starting on a cache line; large areas on huge pages where the system gives them, because random row
/// updates over many small pages spend their time on address translation. Throws std::bad_alloc.
std::shared_ptr<void> allocateZeroed(uint64_t bytes);

/// Bytes that this process may still take (machine and control group), or 0 where unknown.
uint64_t availableMemory();

}  // namespace wordmill
