#include "train/trainable.h"

#include "memory/table.h"
#include "runtime/error.h"

namespace wordmill {

void checkOption(bool condition, const char* option, const std::string& text) {
  if (!condition) throw optionError(option, text);
}

void checkTrainable(const Table* given, const char* name, uint64_t rows, uint64_t columns) {
  checkOption(given != nullptr, name, std::string("this training needs the ") + name + " table");
  const Table& table = *given;
  checkOption(table.owner() == WM_OWNER_NATIVE && table.dtype() == WM_F32, name,
              "only the engine's own f32 tables can be trained");
  checkOption(table.rows() == rows && table.columns() == columns, name,
              std::string("the ") + name + " table is " + std::to_string(table.rows()) + " x " +
                  std::to_string(table.columns()) + ", it must be " + std::to_string(rows) + " x " +
                  std::to_string(columns));
}

}  // namespace wordmill
