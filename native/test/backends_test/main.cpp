// Every operation of every accelerator module against the processor's scalar kernels. Without arguments the module that
// is emulated on the processor; with paths those modules. A module without a device is skipped, with its reason.

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "backends.h"
#include "check.h"

namespace {

void testModule(const std::string& path) {
  wm_module* module = nullptr;
  wm_error error;
  if (!CHECK_EQUAL(wm_module_load(path.c_str(), &module, &error), WM_OK)) {
    std::fprintf(stderr, "%s\n", error.text);
    return;
  }
  wm_module_info info;
  wm_module_describe(module, &info);
  if (info.devices == 0) {
    std::fprintf(stderr, "skipped: %s has no device: %s\n", path.c_str(), info.reason);
    wm_module_release(module);
    return;
  }
  wm_device_info described;
  CHECK_EQUAL(wm_module_device(module, 0, &described, nullptr), WM_OK);
  std::fprintf(stderr, "%s: %s\n", info.name, described.name);

  wm_device* device = nullptr;
  if (CHECK_EQUAL(wm_device_open(module, 0, &device, nullptr), WM_OK)) {
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    const auto entry = reinterpret_cast<const wm_backend* (*)()>(dlsym(library, "wordmill_backend"));
    const bool isEmulated = std::string(described.name).find("emulated") != std::string::npos;
    TestedDevice tested{device, entry(), nullptr, isEmulated};
    CHECK_EQUAL(tested.calls->device_open(0, &tested.opened, nullptr), WM_OK);
    testEmbedding(tested);
    testClassifier(tested);
    testSearch(tested);
    testNextToken(tested);
    testWindow(tested);
    testGlove(tested);
    testCount(tested);
    tested.calls->device_close(tested.opened);
    dlclose(library);
  }
  wm_device_release(device);
  wm_module_release(module);
}

}  // namespace

int main(int argc, char** argv) {
  setenv("WORDMILL_ISA", "scalar", 1);
  std::vector<std::string> modules(argv + 1, argv + argc);
  if (modules.empty()) modules.emplace_back(EMULATED_MODULE);
  for (const std::string& path : modules) testModule(path);
  return checkResult();
}
