#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "wordmill.h"

namespace wordmill {

/// What the engine throws inside; the C ABI turns it into a wm_error at its edge.
class Error : public std::runtime_error {
 public:
  Error(wm_code code, const std::string& text) : std::runtime_error(text), code(code) {}

  Error& at(int64_t byteOffset) {
    offset = byteOffset;
    return *this;
  }
  Error& inBlock(int64_t index) {
    block = index;
    return *this;
  }
  Error& fromErrno(int number) {
    system = number;
    return *this;
  }

  wm_code code;
  int32_t system = 0;
  int64_t offset = -1;
  int64_t block = -1;
  uint64_t needed = 0;
  uint64_t free = 0;
  std::string option;
};

inline Error optionError(const char* option, const std::string& text) {
  Error error(WM_ERR_OPTION, text);
  error.option = option;
  return error;
}

}  // namespace wordmill
