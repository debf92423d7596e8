#include "signal.h"

namespace wordmill::node {

Napi::Function Signal::define(Napi::Env env) {
  return DefineClass(env, kName, {InstanceMethod<&Signal::raise>("raise"), InstanceMethod<&Signal::done>("done")});
}

SignalHandle Signal::orNew(const Napi::Value& value, const char* name) {
  return value.IsUndefined() ? makeSignal(value.Env()) : use(value, name);
}

// void wm_signal_raise(wm_signal* signal);
void Signal::raise(const Napi::CallbackInfo& info) { wm_signal_raise(use(info.Env()).get()); }

// uint64_t wm_signal_done(const wm_signal* signal);
Napi::Value Signal::done(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(wm_signal_done(use(info.Env()).get())));
}

// wm_code wm_signal_create(wm_signal** out, wm_error* error);
Napi::Value createSignal(const Napi::CallbackInfo& info) { return Signal::make(info.Env(), makeSignal(info.Env())); }

}  // namespace wordmill::node
