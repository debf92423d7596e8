#pragma once

#include "builder_calls.h"
#include "handle.h"

namespace wordmill::node {

class IdBuilder : public Handle<IdBuilder, wm_id_builder> {
 public:
  static constexpr ClassId kId = ClassId::kIdBuilder;
  static constexpr const char* kName = "IdBuilder";
  static constexpr napi_type_tag kTag = {0x2f6bd80e91c4475a, 0xa3175ce26d0b98f4};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);

 private:
  Napi::Value append(const Napi::CallbackInfo& info);
  Napi::Value finish(const Napi::CallbackInfo& info);

  BuilderCalls calls_{kName};
};

Napi::Value beginIds(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
