#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "wordmill_backend.h"

namespace wordmill::cuda {

/// What the module throws inside; turned into a wm_error at its edge.
class DeviceError : public std::runtime_error {
 public:
  DeviceError(wm_code code, const std::string& text) : std::runtime_error(text), code(code) {}

  wm_code code;
  uint64_t needed = 0;
  uint64_t free = 0;
};

/// Throws WM_ERR_DEVICE, or WM_ERR_MEMORY, unless the call succeeded. `doing`: "to copy weights".
void check(cudaError_t status, const char* doing);

/// Fills the wm_error (which may be NULL) from the exception being handled.
wm_code describeException(wm_error* error) noexcept;

/// The edge of the module: runs the body and turns whatever it throws into a code.
template <typename Body>
wm_code guard(wm_error* error, Body&& body) noexcept {
  try {
    body();
    return WM_OK;
  } catch (...) {
    return describeException(error);
  }
}

}  // namespace wordmill::cuda
