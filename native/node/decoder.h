#pragma once

#include "handle.h"

namespace wordmill::node {

class Decoder : public Handle<Decoder, wm_decoder> {
 public:
  static constexpr ClassId kId = ClassId::kDecoder;
  static constexpr const char* kName = "Decoder";
  static constexpr napi_type_tag kTag = {0xa2c47e0956db418f, 0x6b30f9d81c7a52e4};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);

 private:
  Napi::Value feed(const Napi::CallbackInfo& info);
  Napi::Value finish(const Napi::CallbackInfo& info);

  Task begin(const Napi::CallbackInfo& info);

  bool busy_ = false;
  bool finished_ = false;
};

Napi::Value createDecoder(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
