#include "c_api/guard.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <system_error>

namespace wordmill {
namespace {

/// Copies what fits, never cutting a UTF-8 sequence in the middle.
void copyText(char* out, size_t capacity, const char* text) {
  size_t length = std::strlen(text);
  if (length >= capacity) {
    length = capacity - 1;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  }
  std::memcpy(out, text, length);
  out[length] = '\0';
}

wm_code fill(wm_error* out, wm_code code, const char* text) {
  if (out != nullptr) {
    *out = wm_error{};
    out->code = code;
    out->offset = -1;
    out->block = -1;
    copyText(out->text, sizeof(out->text), text);
  }
  return code;
}

}  // namespace

wm_code describeException(wm_error* error) noexcept {
  try {
    throw;
  } catch (const Error& thrown) {
    fill(error, thrown.code, thrown.what());
    if (error != nullptr) {
      error->system = thrown.system;
      error->offset = thrown.offset;
      error->block = thrown.block;
      error->needed = thrown.needed;
      error->free = thrown.free;
      copyText(error->option, sizeof(error->option), thrown.option.c_str());
    }
    return thrown.code;
  } catch (const std::bad_alloc&) {
    return fill(error, WM_ERR_MEMORY, "out of memory");
  } catch (const std::system_error& thrown) {
    fill(error, WM_ERR_NATIVE, thrown.what());
    if (error != nullptr) error->system = thrown.code().value();
    return WM_ERR_NATIVE;
  } catch (const std::exception& thrown) {
    return fill(error, WM_ERR_NATIVE, thrown.what());
  } catch (...) {
    return fill(error, WM_ERR_NATIVE, "unknown exception");
  }
}

}  // namespace wordmill
