#pragma once

#include "handle.h"

namespace wordmill::node {

using KeysHandle = std::shared_ptr<const wm_keys>;

class Keys : public Handle<Keys, const wm_keys> {
 public:
  static constexpr ClassId kId = ClassId::kKeys;
  static constexpr const char* kName = "Keys";
  static constexpr napi_type_tag kTag = {0x3e86d15bf7204c9d, 0x8f51c6ae903b27d4};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);
  static Napi::Object makeOf(Napi::Env env, wm_keys* keys);

 private:
  Napi::Value size(const Napi::CallbackInfo& info);
  Napi::Value duplicates(const Napi::CallbackInfo& info);
  Napi::Value find(const Napi::CallbackInfo& info);
  Napi::Value findMany(const Napi::CallbackInfo& info);
  Napi::Value at(const Napi::CallbackInfo& info);
  Napi::Value slice(const Napi::CallbackInfo& info);
  Napi::Value partSizes(const Napi::CallbackInfo& info);
  void part(const Napi::CallbackInfo& info);
};

Napi::Value createKeys(const Napi::CallbackInfo& info);
Napi::Value createKeysFrom(const Napi::CallbackInfo& info);
Napi::Value mapKeys(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
