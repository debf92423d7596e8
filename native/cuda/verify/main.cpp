// Measures the accelerator module on the first device: every operation against its bound, trainings, and quality.
//
//   measure_cuda MODULE RESULT.json [--small] [TEXT [QUESTIONS [PAIRS]]]

#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine.h"
#include "operations.h"
#include "trainings.h"

namespace {

void measure(std::vector<std::string> arguments) {
  Scale scale;
  if (arguments.size() > 2 && arguments[2] == "--small") {
    scale = {20000, 300, 20.0, 20.0, true};
    arguments.erase(arguments.begin() + 2);
  }
  for (size_t i = 2; i < arguments.size(); ++i) {
    if (!std::ifstream(arguments[i]).good()) throw std::runtime_error("cannot read " + arguments[i]);
  }
  arguments.resize(5);
  const auto module = make<wm_module>(
      "module", [&](wm_module** out, wm_error* error) { return wm_module_load(arguments[0].c_str(), out, error); });
  wm_device_info info;
  must("device", [&](wm_error* error) { return wm_module_device(module.get(), 0, &info, error); });
  const auto device = make<wm_device>(
      "device", [&](wm_device** out, wm_error* error) { return wm_device_open(module.get(), 0, out, error); });

  Report report;
  report.device = info.name;
  report.capability = info.capability;
  report.driver = info.driver;
  report.runtime = info.runtime;
  // What was measured is kept, whatever becomes of the rest.
  const auto measured = [&](auto&& work) {
    work();
    report.writeJson(arguments[1]);
  };
  try {
    measured([&] { measureOperations(0, scale, report); });
    measured([&] { measureOtherWork(device.get(), scale, report); });
    measured([&] { measureTrainings(device.get(), scale, report); });
    if (!arguments[2].empty()) {
      measured([&] { measureQuality(device.get(), scale, {arguments[2], arguments[3], arguments[4]}, report); });
    }
  } catch (const std::exception&) {
    report.print();
    throw;
  }
  report.print();
  std::printf("\nwritten to %s\n%s\n", arguments[1].c_str(),
              report.isEnough() ? "all that has a least reaches it" : "NOT all that has a least reaches it");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: measure_cuda MODULE RESULT.json [--small] [TEXT [QUESTIONS [PAIRS]]]\n");
    return 2;
  }
  try {
    measure({argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "measure_cuda: %s\n", error.what());
    return 1;
  }
}
