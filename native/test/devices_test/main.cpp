// Accelerator modules and devices that are missing, do not fit or fail: each a typed error, and nothing is lost.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "check.h"
#include "corpus_fixture.h"
#include "wordmill.h"

namespace {

/// Trouble that the emulated device makes as long as this lives.
class Trouble {
 public:
  explicit Trouble(const char* kind) { setenv("WORDMILL_EMULATOR", kind, 1); }
  ~Trouble() { unsetenv("WORDMILL_EMULATOR"); }
};

bool contains(const char* text, const char* part) { return std::string(text).find(part) != std::string::npos; }

wm_module* load(const char* path, wm_code expected, const char* text) {
  wm_module* module = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_module_load(path, &module, &error), expected);
  if (!CHECK(contains(error.text, text))) std::fprintf(stderr, "  %s\n", error.text);
  return module;
}

void testModules() {
  load("/nowhere/libwordmill_cuda.so", WM_ERR_IO, "/nowhere/libwordmill_cuda.so");
  load("libwordmill_cuda.so", WM_ERR_OPTION, "absolute path");
  load(OTHER_VERSION_MODULE, WM_ERR_DEVICE, "of another version");
  load(THIS_PROGRAM, WM_ERR_DEVICE, "not loaded");
  const std::string text = std::string(THIS_PROGRAM) + ".txt";
  std::ofstream(text) << "no library\n";
  load(text.c_str(), WM_ERR_DEVICE, "not loaded");
  std::remove(text.c_str());
}

void testMissing(const wm_module* module, const char* kind, const char* reason) {
  const Trouble trouble(kind);
  wm_module_info info;
  wm_module_describe(module, &info);
  CHECK_EQUAL(info.devices, 0U);
  if (!CHECK(contains(info.reason, reason))) std::fprintf(stderr, "  %s\n", info.reason);
  wm_device* device = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_device_open(module, 0, &device, &error), WM_ERR_DEVICE);
  CHECK(contains(error.text, reason));
  CHECK(device == nullptr);
}

void testIndex(const wm_module* module) {
  wm_module_info info;
  wm_module_describe(module, &info);
  CHECK_EQUAL(std::string(info.name), "cuda");
  CHECK_EQUAL(info.devices, 1U);
  CHECK_EQUAL(std::string(info.reason), "");
  wm_device_info described{};
  CHECK_EQUAL(wm_module_device(module, 0, &described, nullptr), WM_OK);
  CHECK(described.memory_bytes > 0 && described.free_bytes <= described.memory_bytes && described.capability >= 75);
  wm_error error{};
  wm_device* device = nullptr;
  CHECK_EQUAL(wm_device_open(module, 1, &device, &error), WM_ERR_DEVICE);
  CHECK(contains(error.text, "does not exist; there are devices 0 to 0"));
  CHECK_EQUAL(wm_module_device(module, 7, &described, &error), WM_ERR_DEVICE);
}

/// A training of a little text, its tables, and the options for it.
struct Training {
  Training() : corpus(corpusOf(textOfLines())), view(viewOf(corpus)) {
    wm_table* made = nullptr;
    CHECK_EQUAL(wm_table_create(WM_F32, 20, 16, &made, nullptr), WM_OK);
    input.reset(made);
    CHECK_EQUAL(wm_table_fill_uniform(made, 0, 20, -0.1F, 0.1F, 1, nullptr), WM_OK);
    CHECK_EQUAL(wm_table_create(WM_F32, 20, 16, &made, nullptr), WM_OK);
    output.reset(made);
    tables.input = input.get();
    tables.output = output.get();
    options.architecture = WM_SKIP_GRAM;
    options.objectives = WM_NEGATIVE_SAMPLING;
    options.window_size = 3;
    options.negative_samples = 5;
    options.negative_exponent = 0.75;
    options.learning_rate = 0.05;
    options.epochs = 4;
  }

  static std::string textOfLines() {
    std::string text;
    for (int i = 0; i < 40; ++i) {
      for (int k = 0; k < 12; ++k) text += "w" + std::to_string((i * 7 + k * k) % 20) + ' ';
      text += '\n';
    }
    return text;
  }

  std::vector<float> values() const {
    std::vector<float> out(20 * 16);
    CHECK_EQUAL(wm_table_read(input.get(), 0, 20, WM_F32, out.data(), out.size() * sizeof(float), nullptr), WM_OK);
    return out;
  }

  Owned<wm_corpus> corpus;
  Owned<wm_view> view;
  Owned<wm_table> input;
  Owned<wm_table> output;
  wm_window_tables tables{};
  wm_window_options options{};
};

void testMemory(const wm_device* device) {
  const Trouble trouble("memory=2000");
  Training training;
  training.options.device = device;
  wm_job* job = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_window_job_create(training.view.get(), &training.tables, &training.options, &job, &error),
              WM_ERR_MEMORY);
  CHECK(contains(error.text, "are needed"));
  CHECK(error.needed > error.free && error.free <= 2000);
  CHECK(job == nullptr);
}

void testLost(const wm_device* device) {
  Training training;
  training.options.device = device;
  const std::vector<float> before = training.values();
  wm_job* made = nullptr;
  CHECK_EQUAL(wm_window_job_create(training.view.get(), &training.tables, &training.options, &made, nullptr), WM_OK);
  const Owned<wm_job> job(made);
  {
    const Trouble trouble("lost-after=0");
    CHECK_EQUAL(wm_job_submit(made, 0, 4, nullptr), WM_OK);
    wm_error error{};
    CHECK_EQUAL(wm_job_wait(made, &error), WM_ERR_DEVICE);
    CHECK(contains(error.text, "launch failure"));
    CHECK(contains(error.text, "What this process has on the device is lost: start it again, or use device 'cpu'"));
    wm_job_progress progress;
    wm_job_poll(made, &progress);
    CHECK_EQUAL(progress.state, WM_JOB_FAILED);
  }
  CHECK(training.values() == before);

  // The same tables on the processor.
  training.options.device = nullptr;
  CHECK_EQUAL(wm_window_job_create(training.view.get(), &training.tables, &training.options, &made, nullptr), WM_OK);
  const Owned<wm_job> again(made);
  CHECK_EQUAL(wm_job_submit(made, 0, 4, nullptr), WM_OK);
  CHECK_EQUAL(wm_job_wait(made, nullptr), WM_OK);
  CHECK(training.values() != before);
}

/// A job that was made keeps what it needs of its device.
void testRelease(wm_module* module, wm_device* device) {
  Training training;
  training.options.device = device;
  const std::vector<float> before = training.values();
  wm_job* made = nullptr;
  CHECK_EQUAL(wm_window_job_create(training.view.get(), &training.tables, &training.options, &made, nullptr), WM_OK);
  const Owned<wm_job> job(made);
  wm_device_release(device);
  wm_module_release(module);
  CHECK_EQUAL(wm_job_submit(made, 0, 4, nullptr), WM_OK);
  CHECK_EQUAL(wm_job_wait(made, nullptr), WM_OK);
  CHECK(training.values() != before);
  wm_job_progress progress;
  wm_job_poll(made, &progress);
  CHECK_EQUAL(progress.tokens_done, progress.tokens_total);
  CHECK_EQUAL(progress.blocks_done, progress.blocks);
}

}  // namespace

int main() {
  testModules();
  wm_module* const module = load(EMULATED_MODULE, WM_OK, "");
  testMissing(module, "no-driver", "no NVIDIA driver is installed");
  testMissing(module, "old-driver", "the NVIDIA driver is too old: it serves CUDA 12.2, and CUDA 13.0 is needed");
  testMissing(module, "no-device", "the driver finds no GPU");
  testIndex(module);
  wm_device* device = nullptr;
  if (CHECK_EQUAL(wm_device_open(module, 0, &device, nullptr), WM_OK)) {
    testMemory(device);
    testLost(device);
    testRelease(module, device);
  }
  return checkResult();
}
