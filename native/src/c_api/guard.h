#pragma once

#include "runtime/error.h"

namespace wordmill {

/// Fills the wm_error (which may be NULL) from the exception being handled. Only for `guard`.
wm_code describeException(wm_error* error) noexcept;

/// The edge of the C ABI: runs the body and turns whatever it throws into a code.
template <typename Body>
wm_code guard(wm_error* error, Body&& body) noexcept {
  try {
    body();
    return WM_OK;
  } catch (...) {
    return describeException(error);
  }
}

/// For the arguments of the C ABI itself.
inline void require(bool condition, const char* argument, const char* text) {
  if (!condition) throw optionError(argument, text);
}

}  // namespace wordmill
