#include "arguments.h"

#include <cmath>
#include <cstring>

#include "errors.h"
#include "key_text.h"

namespace wordmill::node {
namespace {

constexpr double kLargestInteger = 9007199254740992.0;  // 2^53

std::string describe(const Napi::Value& value) {
  if (value.IsString()) {
    const std::string text = value.As<Napi::String>().Utf8Value();
    return "'" + (text.size() > 40 ? text.substr(0, 40) + "..." : text) + "'";
  }
  if (value.IsNumber()) return value.ToString().Utf8Value();
  if (value.IsUndefined()) return "undefined";
  if (value.IsNull()) return "null";
  if (value.IsBoolean()) return "a boolean";
  if (value.IsBigInt()) return "a BigInt";
  if (value.IsSymbol()) return "a symbol";
  if (value.IsFunction()) return "a function";
  if (value.IsTypedArray()) return "another kind of typed array";
  return "an object";
}

double toInteger(const Napi::Value& value, const std::string& name, double largest) {
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= 0 && number <= largest && std::floor(number) == number) return number;
  }
  refuse(value.Env(), name,
         std::string("expected an integer from 0 to ") + (largest == kLargestInteger ? "2^53" : "2^32 - 1") + ", got " +
             describe(value));
}

template <class T>
Span<T> toSpan(const Napi::Value& value, const std::string& name, napi_typedarray_type type, const char* what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) {
    refuse(value.Env(), name, std::string("expected a ") + what + ", got " + describe(value));
  }
  void* data = nullptr;
  size_t length = 0;
  const napi_status status = napi_get_typedarray_info(value.Env(), value, nullptr, &length, &data, nullptr, nullptr);
  NAPI_THROW_IF_FAILED(value.Env(), status, Span<T>());
  return {static_cast<T*>(data), length};
}

}  // namespace

uint64_t toSize(const Napi::Value& value, const std::string& name) {
  return static_cast<uint64_t>(toInteger(value, name, kLargestInteger));
}

uint32_t toCount(const Napi::Value& value, const std::string& name) {
  return static_cast<uint32_t>(toInteger(value, name, UINT32_MAX));
}

double toNumber(const Napi::Value& value, const std::string& name) {
  if (!value.IsNumber()) refuse(value.Env(), name, "expected a number, got " + describe(value));
  return value.As<Napi::Number>().DoubleValue();
}

bool toFlag(const Napi::Value& value, const std::string& name) {
  if (!value.IsBoolean()) refuse(value.Env(), name, "expected true or false, got " + describe(value));
  return value.As<Napi::Boolean>().Value();
}

uint64_t toSeed(const Napi::Value& value, const std::string& name) {
  if (!value.IsBigInt()) refuse(value.Env(), name, "expected a BigInt, got " + describe(value));
  bool lossless = false;
  const uint64_t seed = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) refuse(value.Env(), name, "expected a BigInt from 0 to 2^64 - 1");
  return seed;
}

int32_t toChoice(const Napi::Value& value, const std::string& name, Choices choices) {
  std::string expected;
  const std::string word = value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
  for (const auto& [known, number] : choices) {
    if (value.IsString() && word == known) return number;
    expected += (expected.empty() ? "'" : "', '") + std::string(known);
  }
  refuse(value.Env(), name, "expected one of " + expected + "', got " + describe(value));
}

std::string toPath(const Napi::Value& value, const std::string& name) {
  const KeyBytes bytes(value, name.c_str());
  if (bytes.size() == 0) refuse(value.Env(), name, "the path is empty");
  if (std::memchr(bytes.data(), 0, bytes.size()) != nullptr) refuse(value.Env(), name, "a path cannot hold NUL");
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Napi::Object toObject(const Napi::Value& value, const std::string& name) {
  if (!value.IsObject()) refuse(value.Env(), name, "expected an object, got " + describe(value));
  return value.As<Napi::Object>();
}

Napi::Array toArray(const Napi::Value& value, const std::string& name) {
  if (!value.IsArray()) refuse(value.Env(), name, "expected an array, got " + describe(value));
  return value.As<Napi::Array>();
}

Span<uint8_t> toBytes(const Napi::Value& value, const std::string& name) {
  return toSpan<uint8_t>(value, name, napi_uint8_array, "Uint8Array");
}

Span<uint32_t> toUint32s(const Napi::Value& value, const std::string& name) {
  return toSpan<uint32_t>(value, name, napi_uint32_array, "Uint32Array");
}

Span<uint64_t> toUint64s(const Napi::Value& value, const std::string& name) {
  return toSpan<uint64_t>(value, name, napi_biguint64_array, "BigUint64Array");
}

Span<float> toFloats(const Napi::Value& value, const std::string& name) {
  return toSpan<float>(value, name, napi_float32_array, "Float32Array");
}

Span<uint8_t> toMemory(const Napi::Value& value, const std::string& name) {
  const Napi::Env env = value.Env();
  void* data = nullptr;
  size_t length = 0;
  if (value.IsTypedArray()) {
    const size_t width = value.As<Napi::TypedArray>().ElementSize();
    NAPI_THROW_IF_FAILED(env, napi_get_typedarray_info(env, value, nullptr, &length, &data, nullptr, nullptr),
                         Span<uint8_t>());
    return {static_cast<uint8_t*>(data), length * width};
  }
  if (value.IsDataView()) {
    NAPI_THROW_IF_FAILED(env, napi_get_dataview_info(env, value, &length, &data, nullptr, nullptr), Span<uint8_t>());
    return {static_cast<uint8_t*>(data), length};
  }
  refuse(env, name, "expected a typed array or a DataView, got " + describe(value));
}

const char* nameOf(int32_t number, Choices choices) {
  for (const auto& [word, known] : choices) {
    if (known == number) return word;
  }
  return "unknown";
}

uint64_t multiply(Napi::Env env, const std::string& name, uint64_t a, uint64_t b, uint64_t c) {
  uint64_t product;
  if (__builtin_mul_overflow(a, b, &product) || __builtin_mul_overflow(product, c, &product)) {
    refuse(env, name, "the size does not fit into 64 bits");
  }
  return product;
}

}  // namespace wordmill::node
