#pragma once

#include <cstdint>
#include <memory>

#include "backend/module.h"
#include "wordmill.h"

namespace wordmill {

class Table;

/// wm_search on a device. The first search copies the rows there, where they stay until the table changes.
void searchOnDevice(const Table& table, const float* queries, uint64_t n, const wm_search_options& options,
                    const std::shared_ptr<const Device>& device, uint32_t* rows, float* scores);

}  // namespace wordmill
