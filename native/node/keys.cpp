#include "keys.h"

#include <cstring>
#include <vector>

#include "arguments.h"
#include "key_text.h"

namespace wordmill::node {
namespace {

enum Part : int32_t { kBytes, kOffsets, kSlots };
constexpr Choices kParts = {{"bytes", kBytes}, {"offsets", kOffsets}, {"slots", kSlots}};

Span<const uint8_t> partOf(const wm_keys* keys, int32_t part) {
  wm_keys_parts_info parts;
  wm_keys_parts(keys, &parts);
  switch (part) {
    case kBytes:
      return {parts.bytes, parts.bytes_length};
    case kOffsets:
      return {reinterpret_cast<const uint8_t*>(parts.offsets), (wm_keys_size(keys) + 1) * sizeof(uint64_t)};
    default:
      return {reinterpret_cast<const uint8_t*>(parts.slots), parts.slot_count * sizeof(uint32_t)};
  }
}

Napi::Value keyAt(Napi::Env env, const wm_keys* keys, uint64_t row) {
  const uint8_t* bytes;
  uint64_t length;
  wm_error error;
  check(env, wm_keys_at(keys, row, &bytes, &length, &error), error);
  return textOfBytes(env, bytes, length);
}

struct Range {
  uint64_t offset;
  uint64_t length;
};

Range toRange(const Napi::Value& value, const char* name, const char* lengthName) {
  const Napi::Object object = toObject(value, name);
  return {toSize(object.Get("offset"), std::string(name) + ".offset"),
          toSize(object.Get(lengthName), std::string(name) + "." + lengthName)};
}

}  // namespace

Napi::Function Keys::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceAccessor<&Keys::size>("size"),
                         InstanceAccessor<&Keys::duplicates>("duplicates"),
                         InstanceMethod<&Keys::find>("find"),
                         InstanceMethod<&Keys::findMany>("findMany"),
                         InstanceMethod<&Keys::at>("at"),
                         InstanceMethod<&Keys::slice>("slice"),
                         InstanceMethod<&Keys::partSizes>("partSizes"),
                         InstanceMethod<&Keys::part>("part"),
                         InstanceMethod("dispose", &Keys::dispose),
                     });
}

Napi::Object Keys::makeOf(Napi::Env env, wm_keys* keys) {
  KeysHandle handle(keys, [](const wm_keys* released) { wm_keys_release(const_cast<wm_keys*>(released)); });
  uint64_t bytes = 0;
  for (const int32_t part : {kBytes, kOffsets, kSlots}) bytes += partOf(keys, part).size;
  return make(env, std::move(handle), bytes);
}

// uint64_t wm_keys_size(const wm_keys* keys);
Napi::Value Keys::size(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), fromSize(wm_keys_size(use(info.Env()).get())));
}

// uint64_t wm_keys_duplicates(const wm_keys* keys);
Napi::Value Keys::duplicates(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), fromSize(wm_keys_duplicates(use(info.Env()).get())));
}

// int64_t wm_keys_find(const wm_keys* keys, const uint8_t* bytes, uint64_t length);
Napi::Value Keys::find(const Napi::CallbackInfo& info) {
  const KeysHandle keys = use(info.Env());
  const KeyBytes key(info[0], "key");
  return Napi::Number::New(info.Env(), static_cast<double>(wm_keys_find(keys.get(), key.data(), key.size())));
}

// int64_t wm_keys_find(const wm_keys* keys, const uint8_t* bytes, uint64_t length);
Napi::Value Keys::findMany(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const KeysHandle keys = use(env);
  const Napi::Array list = toArray(info[0], "keys");
  const uint32_t length = list.Length();
  Napi::Uint32Array found = Addon::of(env).makeUint32s(env, length);
  uint32_t* rows = found.Data();
  for (uint32_t i = 0; i < length; i++) {
    Napi::HandleScope scope(env);
    const KeyBytes key(list.Get(i), "keys");
    const int64_t row = wm_keys_find(keys.get(), key.data(), key.size());
    rows[i] = row < 0 ? UINT32_MAX : static_cast<uint32_t>(row);
  }
  return found;
}

// wm_code wm_keys_at(const wm_keys* keys, uint64_t row, const uint8_t** bytes, uint64_t* length, wm_error* error);
Napi::Value Keys::at(const Napi::CallbackInfo& info) {
  const KeysHandle keys = use(info.Env());
  return keyAt(info.Env(), keys.get(), toSize(info[0], "row"));
}

// wm_code wm_keys_at(const wm_keys* keys, uint64_t row, const uint8_t** bytes, uint64_t* length, wm_error* error);
Napi::Value Keys::slice(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const KeysHandle keys = use(env);
  const uint64_t first = toSize(info[0], "firstRow");
  const uint64_t count = toCount(info[1], "count");
  const uint64_t size = wm_keys_size(keys.get());
  if (first > size || count > size - first) {
    refuse(env, "count", "there are only " + std::to_string(size) + " keys");
  }
  Napi::Array result = Napi::Array::New(env, count);
  for (uint32_t i = 0; i < count; i++) {
    Napi::HandleScope scope(env);
    result.Set(i, keyAt(env, keys.get(), first + i));
  }
  return result;
}

// void wm_keys_parts(const wm_keys* keys, wm_keys_parts_info* out);
Napi::Value Keys::partSizes(const Napi::CallbackInfo& info) {
  const KeysHandle keys = use(info.Env());
  Napi::Object result = Napi::Object::New(info.Env());
  for (const auto& [name, part] : kParts) result.Set(name, fromSize(partOf(keys.get(), part).size));
  return result;
}

// void wm_keys_parts(const wm_keys* keys, wm_keys_parts_info* out);
void Keys::part(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const KeysHandle keys = use(env);
  const Span<const uint8_t> part = partOf(keys.get(), toChoice(info[0], "part", kParts));
  const uint64_t first = toSize(info[1], "firstByte");
  const Span<uint8_t> out = toBytes(info[2], "out");
  if (first > part.size || out.size > part.size - first) {
    refuse(env, "out", "this part has only " + std::to_string(part.size) + " bytes");
  }
  if (out.size != 0) std::memcpy(out.data, part.data + first, out.size);
}

// wm_code wm_keys_create(const uint8_t* bytes, const uint64_t* offsets, uint64_t n, wm_keys** out, wm_error* error);
Napi::Value createKeys(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Span<uint8_t> bytes = toBytes(info[0], "bytes");
  const Span<uint64_t> offsets = toUint64s(info[1], "offsets");
  if (offsets.size == 0) refuse(env, "offsets", "expected one more offset than there are keys");
  for (uint64_t i = 0; i < offsets.size; i++) {
    if (offsets.data[i] > bytes.size || (i > 0 && offsets.data[i] < offsets.data[i - 1])) {
      refuse(env, "offsets", "expected ascending offsets into bytes; wrong at " + std::to_string(i));
    }
  }
  wm_keys* keys;
  wm_error error;
  check(env, wm_keys_create(bytes.data, offsets.data, offsets.size - 1, &keys, &error), error);
  return Keys::makeOf(env, keys);
}

// wm_code wm_keys_create(const uint8_t* bytes, const uint64_t* offsets, uint64_t n, wm_keys** out, wm_error* error);
Napi::Value createKeysFrom(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Array list = toArray(info[0], "keys");
  const uint32_t length = list.Length();
  std::vector<uint8_t> bytes;
  std::vector<uint64_t> offsets = {0};
  offsets.reserve(length + uint64_t{1});
  for (uint32_t i = 0; i < length; i++) {
    Napi::HandleScope scope(env);
    const KeyBytes key(list.Get(i), "keys");
    bytes.insert(bytes.end(), key.data(), key.data() + key.size());
    offsets.push_back(bytes.size());
  }
  wm_keys* keys;
  wm_error error;
  check(env, wm_keys_create(bytes.data(), offsets.data(), length, &keys, &error), error);
  return Keys::makeOf(env, keys);
}

// wm_code wm_keys_map(const char* path, uint64_t bytes_offset, uint64_t bytes_length, uint64_t offsets_offset,
//                     uint64_t n, uint64_t slots_offset, uint64_t slot_count, wm_keys** out, wm_error* error);
Napi::Value mapKeys(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string path = toPath(info[0], "path");
  const Range bytes = toRange(info[1], "bytes", "length");
  const Range offsets = toRange(info[2], "offsets", "count");
  const Range slots = toRange(info[3], "slots", "count");
  if (offsets.length == 0) refuse(env, "offsets.count", "expected one more offset than there are keys");
  wm_keys* keys;
  wm_error error;
  check(env,
        wm_keys_map(path.c_str(), bytes.offset, bytes.length, offsets.offset, offsets.length - 1, slots.offset,
                    slots.length, &keys, &error),
        error);
  return Keys::makeOf(env, keys);
}

}  // namespace wordmill::node
