#pragma once

#include "handle.h"

namespace wordmill::node {

class Signal : public Handle<Signal, wm_signal> {
 public:
  static constexpr ClassId kId = ClassId::kSignal;
  static constexpr const char* kName = "Signal";
  static constexpr napi_type_tag kTag = {0x0b1c6d1f0e8a4c57, 0x9a3e5d2274f1b861};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);

  /// The signal given, or one of our own where `value` is undefined.
  static SignalHandle orNew(const Napi::Value& value, const char* name);

 private:
  void raise(const Napi::CallbackInfo& info);
  Napi::Value done(const Napi::CallbackInfo& info);
};

Napi::Value createSignal(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
