#include "key_text.h"

#include <cstring>

#include "errors.h"

namespace wordmill::node {
namespace {

bool isHigh(char16_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool isLow(char16_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// V8 writes U+FFFD in place of every lone surrogate.
bool mayHoldReplacement(const char* bytes, size_t length) { return std::memchr(bytes, 0xEF, length) != nullptr; }

bool isAscii(const uint8_t* bytes, uint64_t length) {
  uint64_t i = 0;
  for (; i + 8 <= length; i += 8) {
    uint64_t word;
    std::memcpy(&word, bytes + i, 8);
    if ((word & 0x8080808080808080u) != 0) return false;
  }
  for (; i < length; i++) {
    if (bytes[i] >= 0x80) return false;
  }
  return true;
}

// Length of the valid UTF-8 sequence at `bytes` (Unicode, table 3-7), or 0.
unsigned sequenceLength(const uint8_t* bytes, uint64_t left) {
  const uint8_t lead = bytes[0];
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const unsigned length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (left < length) return 0;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (lead == 0xE0) low = 0xA0;   // overlong
  if (lead == 0xED) high = 0x9F;  // surrogates
  if (lead == 0xF0) low = 0x90;   // overlong
  if (lead == 0xF4) high = 0x8F;  // beyond U+10FFFF
  if (bytes[1] < low || bytes[1] > high) return 0;
  for (unsigned i = 2; i < length; i++) {
    if ((bytes[i] & 0xC0) != 0x80) return 0;
  }
  return length;
}

void appendUtf8(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

}  // namespace

KeyBytes::KeyBytes(const Napi::Value& value, const char* name) : data_(near_), size_(0) {
  const napi_status status = napi_get_value_string_utf8(value.Env(), value, near_, sizeof near_, &size_);
  if (status == napi_string_expected) refuse(value.Env(), name, "expected a string");
  NAPI_THROW_IF_FAILED_VOID(value.Env(), status);
  // A full buffer may have been cut: V8 keeps back up to three bytes of an unfinished character and one for the NUL.
  if (size_ + 4 >= sizeof near_ || mayHoldReplacement(near_, size_)) convert(value, name);
}

void KeyBytes::convert(const Napi::Value& value, const char* name) {
  const std::u16string units = value.As<Napi::String>().Utf16Value();
  far_.reserve(units.size() + units.size() / 2);
  for (size_t i = 0; i < units.size(); i++) {
    const char16_t unit = units[i];
    if (isHigh(unit) && i + 1 < units.size() && isLow(units[i + 1])) {
      appendUtf8(far_, 0x10000 + ((unit - 0xD800u) << 10) + (units[++i] - 0xDC00u));
    } else if (unit >= 0xDC80 && unit <= 0xDCFF) {
      far_ += static_cast<char>(unit - 0xDC00);
    } else if (isHigh(unit) || isLow(unit)) {
      refuse(value.Env(), name,
             "the string holds half of a surrogate pair at " + std::to_string(i) +
                 "; only U+DC80 to U+DCFF may stand alone, for bytes that are not UTF-8");
    } else {
      appendUtf8(far_, unit);
    }
  }
  data_ = far_.data();
  size_ = far_.size();
}

Napi::Value textOfBytes(Napi::Env env, const uint8_t* bytes, uint64_t length) {
  napi_value text;
  napi_status status;
  if (isAscii(bytes, length)) {
    status = napi_create_string_latin1(env, reinterpret_cast<const char*>(bytes), length, &text);
  } else {
    std::u16string units;
    units.reserve(length);
    for (uint64_t i = 0; i < length;) {
      const unsigned n = sequenceLength(bytes + i, length - i);
      if (n <= 1) {
        units += static_cast<char16_t>(n == 1 ? bytes[i] : 0xDC00 + bytes[i]);
        i++;
        continue;
      }
      uint32_t point = bytes[i] & (0xFFu >> (n + 1));
      for (unsigned k = 1; k < n; k++) point = (point << 6) | (bytes[i + k] & 0x3Fu);
      if (point < 0x10000) {
        units += static_cast<char16_t>(point);
      } else {
        units += static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10));
        units += static_cast<char16_t>(0xDC00 + ((point - 0x10000) & 0x3FF));
      }
      i += n;
    }
    status = napi_create_string_utf16(env, units.data(), units.size(), &text);
  }
  if (status == napi_generic_failure || status == napi_invalid_arg) {
    wm_error error;
    fail(&error, WM_ERR_LIMIT, "a key is longer than the longest JavaScript string");
    throw makeError(env, error);
  }
  NAPI_THROW_IF_FAILED(env, status, Napi::Value());
  return Napi::Value(env, text);
}

}  // namespace wordmill::node
