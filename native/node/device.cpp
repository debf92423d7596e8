#include "device.h"

#include "arguments.h"

namespace wordmill::node {
namespace {

struct ReleaseModule {
  void operator()(wm_module* module) const { wm_module_release(module); }
};

/// Does something with the module of a path, which stays loaded. A driver may take seconds to wake up.
template <typename Work>
wm_code withModule(const std::string& path, wm_error* error, Work&& work) {
  wm_module* loaded = nullptr;
  const wm_code code = wm_module_load(path.c_str(), &loaded, error);
  if (code != WM_OK) return code;
  const std::unique_ptr<wm_module, ReleaseModule> module(loaded);
  return work(module.get());
}

Napi::Object toObject(Napi::Env env, const wm_device_info& about) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("name", about.name);
  result.Set("capability", about.capability);
  result.Set("multiprocessors", about.multiprocessors);
  result.Set("memory", fromSize(about.memory_bytes));
  result.Set("free", fromSize(about.free_bytes));
  result.Set("driver", about.driver);
  result.Set("runtime", about.runtime);
  return result;
}

}  // namespace

// void wm_device_release(wm_device* device);
Napi::Function Device::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {InstanceMethod<&Device::describe>("describe"), InstanceMethod("dispose", &Device::dispose)});
}

Napi::Value Device::describe(const Napi::CallbackInfo& info) { return toObject(info.Env(), use(info.Env())->about); }

DeviceChoice::DeviceChoice(const Napi::Value& options) {
  const Napi::Value given = Fields(options, "options").get("device");
  if (!given.IsUndefined()) open_ = Device::use(given, "device");
}

// wm_code wm_module_load(const char* path, wm_module** out, wm_error* error);
// void wm_module_describe(const wm_module* module, wm_module_info* out);
Napi::Value loadModule(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto about = std::make_shared<wm_module_info>();
  Task task;
  task.length = Length::kLong;
  task.work = [path = toPath(info[0], "path"), about](wm_error* error) {
    return withModule(path, error, [&](const wm_module* module) {
      wm_module_describe(module, about.get());
      return WM_OK;
    });
  };
  task.result = [about](Napi::Env e) {
    Napi::Object result = Napi::Object::New(e);
    result.Set("name", about->name);
    result.Set("version", about->version);
    result.Set("devices", about->devices);
    result.Set("reason", about->reason);
    return result;
  };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_module_device(const wm_module* module, uint32_t index, wm_device_info* out, wm_error* error);
Napi::Value describeDevice(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto about = std::make_shared<wm_device_info>();
  Task task;
  task.length = Length::kLong;
  task.work = [path = toPath(info[0], "path"), index = toCount(info[1], "index"), about](wm_error* error) {
    return withModule(path, error,
                      [&](const wm_module* module) { return wm_module_device(module, index, about.get(), error); });
  };
  task.result = [about](Napi::Env e) { return toObject(e, *about); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_device_open(const wm_module* module, uint32_t index, wm_device** out, wm_error* error);
Napi::Value openDevice(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto made = std::make_shared<OpenDevice>();
  Task task;
  task.length = Length::kLong;
  task.work = [path = toPath(info[0], "path"), index = toCount(info[1], "index"), made](wm_error* error) {
    return withModule(path, error, [&](const wm_module* module) {
      const wm_code code = wm_device_open(module, index, &made->device, error);
      return code == WM_OK ? wm_module_device(module, index, &made->about, error) : code;
    });
  };
  task.result = [made](Napi::Env e) { return Device::make(e, made); };
  return Addon::of(env).start(env, std::move(task));
}

}  // namespace wordmill::node
