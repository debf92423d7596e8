#pragma once

#include "handle.h"

namespace wordmill::node {

using QuantizedHandle = std::shared_ptr<const wm_quantized>;

class Quantized : public Handle<Quantized, const wm_quantized> {
 public:
  static constexpr ClassId kId = ClassId::kQuantized;
  static constexpr const char* kName = "Quantized";
  static constexpr napi_type_tag kTag = {0x64f1b28e9d07c35a, 0xe7502bd9418f6ac3};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);
  static Napi::Object makeOf(Napi::Env env, wm_quantized* quantized);

 private:
  Napi::Value parts(const Napi::CallbackInfo& info);
  Napi::Value decode(const Napi::CallbackInfo& info);
};

/// quantizeRows and createQuantized of binding.ts.
Napi::Value quantizeRows(const Napi::CallbackInfo& info);
Napi::Value createQuantized(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
