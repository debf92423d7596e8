#pragma once

#include <string>

#include "napi_headers.h"

namespace wordmill::node {

/**
 * The bytes of a JavaScript string: UTF-8, in which a lone U+DC80 .. U+DCFF stands for the byte 0x80 .. 0xFF (Python's
 * surrogateescape). Another lone surrogate is an OPTION error. Short strings stay on the stack.
 */
class KeyBytes {
 public:
  /// `value` must be a string; `name` is the argument at fault where it is not.
  KeyBytes(const Napi::Value& value, const char* name);

  const uint8_t* data() const { return reinterpret_cast<const uint8_t*>(data_); }
  size_t size() const { return size_; }

 private:
  void convert(const Napi::Value& value, const char* name);

  char near_[256];
  std::string far_;
  const char* data_;
  size_t size_;
};

/// The other way round: every byte that is not part of valid UTF-8 becomes U+DC00 + byte. Not a Napi::String, since
/// Napi::Object::Set would convert that to UTF-8 and back.
Napi::Value textOfBytes(Napi::Env env, const uint8_t* bytes, uint64_t length);

}  // namespace wordmill::node
