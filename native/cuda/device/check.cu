#include "device/check.h"

#include <cstdio>
#include <new>

namespace wordmill::cuda {
namespace {

wm_code fill(wm_error* out, wm_code code, const char* text) {
  if (out != nullptr) {
    *out = wm_error{};
    out->code = code;
    out->offset = -1;
    out->block = -1;
    std::snprintf(out->text, sizeof out->text, "%s", text);
  }
  return code;
}

/// After these the device answers a process with nothing but the same error, as long as it runs.
bool endsWorkOnDevice(cudaError_t status) {
  switch (status) {
    case cudaErrorECCUncorrectable:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorLaunchFailure:
    case cudaErrorAssert:
      return true;
    default:
      return false;
  }
}

}  // namespace

void check(cudaError_t status, const char* doing) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // what does not last is forgotten, and not met again by the next call
  const std::string failure = std::string("the device failed ") + doing + ": " + cudaGetErrorString(status) + " (" +
                              cudaGetErrorName(status) + "). ";
  // Not only memory that is asked for takes memory: so does the code of a kernel, when it is first used.
  if (status == cudaErrorMemoryAllocation) {
    throw DeviceError(WM_ERR_MEMORY, failure + "Choose smaller vectors, a smaller vocabulary or device 'cpu'");
  }
  throw DeviceError(
      WM_ERR_DEVICE,
      failure + (endsWorkOnDevice(status)
                     ? "What this process has on the device is lost: start it again, or use device 'cpu'"
                     : "What it was working on is lost, and nothing else; try again, or use device 'cpu'"));
}

wm_code describeException(wm_error* error) noexcept {
  try {
    throw;
  } catch (const DeviceError& thrown) {
    fill(error, thrown.code, thrown.what());
    if (error != nullptr) {
      error->needed = thrown.needed;
      error->free = thrown.free;
    }
    return thrown.code;
  } catch (const std::bad_alloc&) {
    return fill(error, WM_ERR_MEMORY, "out of memory");
  } catch (const std::exception& thrown) {
    return fill(error, WM_ERR_NATIVE, thrown.what());
  } catch (...) {
    return fill(error, WM_ERR_NATIVE, "unknown exception");
  }
}

}  // namespace wordmill::cuda
