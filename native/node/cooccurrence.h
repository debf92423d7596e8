#pragma once

#include <string>

#include "handle.h"

namespace wordmill::node {

using CooccurrenceHandle = std::shared_ptr<wm_cooccurrence>;

class Cooccurrence : public Handle<Cooccurrence, wm_cooccurrence> {
 public:
  static constexpr ClassId kId = ClassId::kCooccurrence;
  static constexpr const char* kName = "Cooccurrence";
  static constexpr napi_type_tag kTag = {0x4be1907d5c3fa826, 0x8d62f3a1c97e05b4};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);
  static Napi::Object makeOf(Napi::Env env, CooccurrenceHandle matrix);

 private:
  Napi::Value describe(const Napi::CallbackInfo& info);
  Napi::Value at(const Napi::CallbackInfo& info);
  Napi::Value row(const Napi::CallbackInfo& info);
  Napi::Value add(const Napi::CallbackInfo& info);
  Napi::Value partSizes(const Napi::CallbackInfo& info);
  void part(const Napi::CallbackInfo& info);
  Napi::Value sortedRecords(const Napi::CallbackInfo& info);
  Napi::Value shuffledRecords(const Napi::CallbackInfo& info);
  Napi::Value gloveJob(const Napi::CallbackInfo& info);
};

/// StorageOptions of binding.ts. Not copied: `native` points into it.
struct StorageOptions {
  explicit StorageOptions(const Napi::Value& value);
  StorageOptions(const StorageOptions&) = delete;

  std::string temporaryFolder;
  wm_storage native{};
};

/// Starts what makes a matrix, and gives the promise of it.
Napi::Promise startMatrix(Napi::Env env, SignalHandle signal,
                          std::function<wm_code(wm_cooccurrence** out, wm_error* error)> work);

Napi::Value loadCooccurrence(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
