#pragma once

#include "handle.h"

namespace wordmill::node {

/// A device that was opened, and what it is.
struct OpenDevice {
  OpenDevice() = default;
  OpenDevice(const OpenDevice&) = delete;
  ~OpenDevice() { wm_device_release(device); }

  wm_device* device = nullptr;
  wm_device_info about{};
};

class Device : public Handle<Device, const OpenDevice> {
 public:
  static constexpr ClassId kId = ClassId::kDevice;
  static constexpr const char* kName = "Device";
  static constexpr napi_type_tag kTag = {0x5e0c7b19d2a84f36, 0xb83f16a4c95d7e02};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);

 private:
  Napi::Value describe(const Napi::CallbackInfo& info);
};

/// The `device` of an options object, held until the call that it is for returns; nothing: the processor.
class DeviceChoice {
 public:
  DeviceChoice() = default;
  explicit DeviceChoice(const Napi::Value& options);

  const wm_device* native() const { return open_ != nullptr ? open_->device : nullptr; }

 private:
  std::shared_ptr<const OpenDevice> open_;
};

Napi::Value loadModule(const Napi::CallbackInfo& info);
Napi::Value describeDevice(const Napi::CallbackInfo& info);
Napi::Value openDevice(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
