#pragma once

#include <memory>
#include <string>

#include "addon.h"
#include "errors.h"
#include "napi_headers.h"

namespace wordmill::node {

/**
 * A JavaScript object that owns one handle of wordmill.h. Running work holds the handle too, so dispose() during work
 * frees it when that work has come to rest; the finalizer is the safety net for objects that were never disposed of.
 *
 * `Self` has: kId (its place among the addon's classes), kName and kTag (random, tells its objects from all others).
 */
template <class Self, class Native>
class Handle : public Napi::ObjectWrap<Self> {
 public:
  using NativeHandle = std::shared_ptr<Native>;

  explicit Handle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Self>(info) {
    info.This().template As<Napi::Object>().TypeTag(&Self::kTag);
  }

  /// `bytes` of memory are reported to the garbage collector.
  static Napi::Object make(Napi::Env env, NativeHandle native, uint64_t bytes = 0) {
    Napi::Object object = Addon::of(env).construct(Self::kId);
    Handle* self = Self::Unwrap(object);
    self->native_ = std::move(native);
    self->bytes_ = static_cast<int64_t>(bytes);
    if (bytes != 0) Napi::MemoryManagement::AdjustExternalMemory(env, self->bytes_);
    return object;
  }

  /// The object behind a JavaScript value; anything else is an OPTION error.
  static Self& of(const Napi::Value& value, const char* name) {
    if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&Self::kTag)) {
      refuse(value.Env(), name, std::string("expected a ") + Self::kName);
    }
    return *Self::Unwrap(value.As<Napi::Object>());
  }

  /// The handle, held until the result is let go; a DISPOSED error after dispose().
  NativeHandle use(Napi::Env env) const {
    if (!native_) refuseDisposed(env, std::string("this ") + Self::kName + " has been disposed of");
    return native_;
  }

  static NativeHandle use(const Napi::Value& value, const char* name) { return of(value, name).use(value.Env()); }

  void dispose(const Napi::CallbackInfo& info) { letGo(info.Env()); }

  void Finalize(Napi::BasicEnv env) override { letGo(env); }

 protected:
  bool isDisposed() const { return !native_; }
  /// Whether running work uses the handle.
  bool isInUse() const { return native_.use_count() > 1; }

  /// The memory of a handle that grows, anew.
  void report(Napi::BasicEnv env, uint64_t bytes) {
    const auto now = static_cast<int64_t>(bytes);
    if (now != bytes_) Napi::MemoryManagement::AdjustExternalMemory(env, now - bytes_);
    bytes_ = now;
  }

 private:
  void letGo(Napi::BasicEnv env) {
    native_.reset();
    if (bytes_ != 0) Napi::MemoryManagement::AdjustExternalMemory(env, -bytes_);
    bytes_ = 0;
  }

  NativeHandle native_;
  int64_t bytes_ = 0;
};

}  // namespace wordmill::node
