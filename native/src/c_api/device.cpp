#include "c_api/device.h"

#include "c_api/guard.h"

using wordmill::guard;
using wordmill::require;

wm_code wm_module_load(const char* path, wm_module** out, wm_error* error) {
  return guard(error, [&] {
    require(path != nullptr && out != nullptr, "path", "an argument is NULL");
    *out = new wm_module{wordmill::Module::load(path)};
  });
}

void wm_module_describe(const wm_module* module, wm_module_info* out) { *out = module->value->info(); }

wm_code wm_module_device(const wm_module* module, uint32_t index, wm_device_info* out, wm_error* error) {
  return guard(error, [&] {
    require(module != nullptr && out != nullptr, "module", "an argument is NULL");
    *out = module->value->device(index);
  });
}

void wm_module_release(wm_module* module) { delete module; }

wm_code wm_device_open(const wm_module* module, uint32_t index, wm_device** out, wm_error* error) {
  return guard(error, [&] {
    require(module != nullptr && out != nullptr, "module", "an argument is NULL");
    *out = new wm_device{wordmill::Device::open(module->value, index)};
  });
}

void wm_device_release(wm_device* device) { delete device; }
