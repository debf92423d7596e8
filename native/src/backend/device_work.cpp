#include "backend/device_work.h"

#include <chrono>
#include <thread>

namespace wordmill {
namespace {

/// Blocks that the device has beside the one that it works on.
constexpr uint64_t kBlocksAhead = 1;
/// Between two looks at a device: a block takes milliseconds.
constexpr std::chrono::microseconds kLook{50};

}  // namespace

class DeviceWorker final : public BlockWorker {
 public:
  explicit DeviceWorker(DeviceWork& work) : work_(work) {}

  UnitResult run(uint64_t block, uint32_t, const std::atomic<bool>& cancelled) override {
    UnitResult result;
    if (cancelled.load(std::memory_order_relaxed)) return result;
    result.tokens = work_.submit(block);
    waitUntil(kBlocksAhead, cancelled, result);
    return result;
  }

  UnitResult rest(const std::atomic<bool>& cancelled) override {
    UnitResult result;
    waitUntil(0, cancelled, result);
    checkBackend([&](wm_error* error) { return work_.calls().training_read(work_.training(), error); });
    work_.weightsChanged();
    return result;
  }

 private:
  /// At most so many blocks are left unfinished.
  void waitUntil(uint64_t most, const std::atomic<bool>& cancelled, UnitResult& result) {
    for (bool told = false;;) {
      uint64_t unfinished = 0;
      wm_backend_result finished{};
      checkBackend([&](wm_error* error) {
        return work_.calls().training_collect(work_.training(), &unfinished, &finished, error);
      });
      result.examples += finished.examples;
      result.loss += finished.loss;
      if (unfinished <= most) return;
      if (!told && cancelled.load(std::memory_order_relaxed)) {
        work_.calls().training_cancel(work_.training());
        told = true;
      }
      std::this_thread::sleep_for(kLook);
    }
  }

  DeviceWork& work_;
};

DeviceWork::~DeviceWork() {
  if (training_ != nullptr) calls().training_release(training_);
}

std::unique_ptr<BlockWorker> DeviceWork::makeWorker() { return std::make_unique<DeviceWorker>(*this); }

}  // namespace wordmill
