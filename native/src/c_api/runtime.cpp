#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "c_api/guard.h"
#include "kernels/select.h"
#include "memory/huge_pages.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"

using wordmill::guard;
using wordmill::require;

#ifndef WORDMILL_VERSION
#error "the build defines WORDMILL_VERSION from package.json"
#endif

namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

std::string processorName() {
#if defined(__linux__)
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) return line.substr(colon + 2);
  }
#endif
  return "unknown";
}

}  // namespace

wm_code wm_runtime(wm_runtime_info* out, wm_error* error) {
  return guard(error, [&] {
    require(out != nullptr, "out", "the result is NULL");
    wm_runtime_info info{};
    info.abi_version = WM_ABI_VERSION;
    info.isa = wordmill::selectedIsa();
    info.available = wordmill::availableIsas();
    info.threads = wordmill::availableThreads();
    info.memory_bytes = wordmill::availableMemory();
    std::snprintf(info.version, sizeof(info.version), "%s", WORDMILL_VERSION);
    std::snprintf(info.compiler, sizeof(info.compiler), "%s", kCompiler);
    std::snprintf(info.processor, sizeof(info.processor), "%s", processorName().c_str());
    *out = info;
  });
}

wm_code wm_signal_create(wm_signal** out, wm_error* error) {
  return guard(error, [&] {
    require(out != nullptr, "out", "the result is NULL");
    *out = new wm_signal();
  });
}

void wm_signal_raise(wm_signal* signal) { signal->raised = true; }

int wm_signal_raised(const wm_signal* signal) { return wordmill::isRaised(signal) ? 1 : 0; }

uint64_t wm_signal_done(const wm_signal* signal) { return signal->done.load(std::memory_order_relaxed); }

void wm_signal_release(wm_signal* signal) { delete signal; }
