#pragma once

#include <memory>
#include <string>

#include "runtime/error.h"
#include "wordmill_backend.h"

namespace wordmill {

/// A loaded accelerator module.
class Module {
 public:
  /// Throws WM_ERR_IO, or WM_ERR_DEVICE where the file is no module, or of another version.
  static std::shared_ptr<const Module> load(const std::string& path);

  const wm_backend& calls() const { return *calls_; }
  wm_module_info info() const;
  wm_device_info device(uint32_t index) const;

 private:
  explicit Module(const wm_backend* calls) : calls_(calls) {}
  /// Throws WM_ERR_DEVICE, with the reason where there is no device at all.
  void requireDevice(uint32_t index) const;

  const wm_backend* calls_;
  friend class Device;
};

/// A device of a module, ready for work.
class Device {
 public:
  static std::shared_ptr<const Device> open(std::shared_ptr<const Module> module, uint32_t index);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const wm_backend& calls() const { return module_->calls(); }
  wm_backend_device* handle() const { return handle_; }

 private:
  Device(std::shared_ptr<const Module> module, wm_backend_device* handle)
      : module_(std::move(module)), handle_(handle) {}

  const std::shared_ptr<const Module> module_;
  wm_backend_device* const handle_;
};

/// Throws the error of a call that failed. `call` is given the wm_error to fill.
template <typename Call>
void checkBackend(Call&& call) {
  wm_error error{};
  if (call(&error) == WM_OK) return;
  Error thrown(static_cast<wm_code>(error.code), error.text);
  thrown.option = error.option;
  thrown.needed = error.needed;
  thrown.free = error.free;
  throw thrown;
}

}  // namespace wordmill
