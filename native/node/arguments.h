#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "napi_headers.h"

// Values from JavaScript, checked before they reach wordmill.h. Whatever is wrong is an OPTION error under `name`.

namespace wordmill::node {

/// Memory of a typed array. It is found again after all that may run JavaScript (getters of options), not before.
template <class T>
struct Span {
  T* data = nullptr;
  uint64_t size = 0;
};

/// One of a few words and the number that wordmill.h has for it.
using Choices = std::initializer_list<std::pair<const char*, int32_t>>;

inline constexpr Choices kDTypes = {{"f32", WM_F32}, {"f16", WM_F16},   {"bf16", WM_BF16},
                                    {"i8", WM_I8},   {"q8_0", WM_Q8_0}, {"q4_0", WM_Q4_0}};
inline constexpr Choices kMetrics = {{"cosine", WM_COSINE}, {"dot", WM_DOT}};
inline constexpr Choices kSeparators = {{" ", 0x20}, {"\t", 0x09}};

/// An integer from 0 to 2^53.
uint64_t toSize(const Napi::Value& value, const std::string& name);
/// An integer from 0 to 2^32 - 1.
uint32_t toCount(const Napi::Value& value, const std::string& name);
double toNumber(const Napi::Value& value, const std::string& name);
bool toFlag(const Napi::Value& value, const std::string& name);
/// A BigInt from 0 to 2^64 - 1.
uint64_t toSeed(const Napi::Value& value, const std::string& name);
int32_t toChoice(const Napi::Value& value, const std::string& name, Choices choices);
/// The bytes of a path; it must not hold NUL.
std::string toPath(const Napi::Value& value, const std::string& name);
Napi::Object toObject(const Napi::Value& value, const std::string& name);
Napi::Array toArray(const Napi::Value& value, const std::string& name);
Span<uint8_t> toBytes(const Napi::Value& value, const std::string& name);
Span<uint32_t> toUint32s(const Napi::Value& value, const std::string& name);
Span<uint64_t> toUint64s(const Napi::Value& value, const std::string& name);
Span<float> toFloats(const Napi::Value& value, const std::string& name);
/// The bytes below any typed array or DataView.
Span<uint8_t> toMemory(const Napi::Value& value, const std::string& name);

/// The word for a number of wordmill.h.
const char* nameOf(int32_t number, Choices choices);

/// a * b * c, or an OPTION error when that exceeds 64 bits.
uint64_t multiply(Napi::Env env, const std::string& name, uint64_t a, uint64_t b, uint64_t c = 1);

/// A double holds integers up to 2^53 exactly; no size here comes near.
inline double fromSize(uint64_t size) { return static_cast<double>(size); }

/// The properties of an options object. Those with a fallback may be undefined.
class Fields {
 public:
  Fields(const Napi::Value& value, const std::string& name) : object_(toObject(value, name)) {}

  Napi::Value get(const char* name) const { return object_.Get(name); }
  uint64_t size(const char* name) const { return toSize(get(name), name); }
  uint64_t size(const char* name, uint64_t fallback) const {
    Napi::Value value = get(name);
    return value.IsUndefined() ? fallback : toSize(value, name);
  }
  uint32_t count(const char* name) const { return toCount(get(name), name); }
  uint32_t count(const char* name, uint32_t fallback) const {
    Napi::Value value = get(name);
    return value.IsUndefined() ? fallback : toCount(value, name);
  }
  double number(const char* name) const { return toNumber(get(name), name); }
  bool flag(const char* name) const { return toFlag(get(name), name); }
  bool flag(const char* name, bool fallback) const {
    Napi::Value value = get(name);
    return value.IsUndefined() ? fallback : toFlag(value, name);
  }
  uint64_t seed(const char* name) const { return toSeed(get(name), name); }
  int32_t choice(const char* name, Choices choices) const { return toChoice(get(name), name, choices); }
  int32_t choice(const char* name, Choices choices, int32_t fallback) const {
    Napi::Value value = get(name);
    return value.IsUndefined() ? fallback : toChoice(value, name, choices);
  }

 private:
  Napi::Object object_;
};

}  // namespace wordmill::node
