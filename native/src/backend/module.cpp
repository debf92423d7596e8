#include "backend/module.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace wordmill {

std::shared_ptr<const Module> Module::load(const std::string& path) {
  if (path.empty() || path[0] != '/') throw optionError("path", "a module is loaded by its absolute path, not " + path);
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) {
    const int number = errno;
    throw Error(WM_ERR_IO, path + ": " + std::strerror(number)).fromErrno(number);
  }
  // Never unloaded: a runtime of an accelerator leaves threads and handlers behind.
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) throw Error(WM_ERR_DEVICE, std::string("not loaded: ") + ::dlerror());
  const auto entry = reinterpret_cast<const wm_backend* (*)()>(::dlsym(library, "wordmill_backend"));
  if (entry == nullptr) throw Error(WM_ERR_DEVICE, path + " is no accelerator module: it lacks wordmill_backend");
  const wm_backend* const calls = entry();
  if (calls->backend_version != WM_BACKEND_VERSION) {
    throw Error(WM_ERR_DEVICE, path + " is of another version (interface " + std::to_string(calls->backend_version) +
                                   ", expected " + std::to_string(WM_BACKEND_VERSION) +
                                   "); install the module of the same version as the engine");
  }
  return std::shared_ptr<const Module>(new Module(calls));
}

wm_module_info Module::info() const {
  wm_module_info info{};
  std::snprintf(info.name, sizeof info.name, "%s", calls_->name);
  std::snprintf(info.version, sizeof info.version, "%s", calls_->version);
  info.devices = calls_->device_count(info.reason, sizeof info.reason);
  return info;
}

void Module::requireDevice(uint32_t index) const {
  const wm_module_info found = info();
  if (index < found.devices) return;
  const std::string name = std::string(found.name) + " device " + std::to_string(index);
  if (found.devices == 0) throw Error(WM_ERR_DEVICE, name + " cannot be used: " + found.reason);
  throw Error(WM_ERR_DEVICE, name + " does not exist; there are devices 0 to " + std::to_string(found.devices - 1));
}

wm_device_info Module::device(uint32_t index) const {
  requireDevice(index);
  wm_device_info info{};
  checkBackend([&](wm_error* error) { return calls_->device_describe(index, &info, error); });
  return info;
}

std::shared_ptr<const Device> Device::open(std::shared_ptr<const Module> module, uint32_t index) {
  module->requireDevice(index);
  wm_backend_device* handle = nullptr;
  checkBackend([&](wm_error* error) { return module->calls().device_open(index, &handle, error); });
  return std::shared_ptr<const Device>(new Device(std::move(module), handle));
}

Device::~Device() { calls().device_close(handle_); }

}  // namespace wordmill
