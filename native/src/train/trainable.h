#pragma once

#include <cstdint>
#include <string>

namespace wordmill {

class Table;

/// Throws WM_ERR_OPTION `option` with that text unless the condition holds.
void checkOption(bool condition, const char* option, const std::string& text);

/// Throws WM_ERR_OPTION unless the table is one of the engine's own, of f32, of that shape.
void checkTrainable(const Table* table, const char* name, uint64_t rows, uint64_t columns);

}  // namespace wordmill
