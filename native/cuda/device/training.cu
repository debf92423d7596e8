#include "device/training.h"

namespace wordmill::cuda {

void Slot::reserve(uint64_t bytes) {
  host_.reserve(bytes);
  device_.reserve(bytes);
  used_ = 0;
}

unsigned char* Slot::reserveBytes(uint64_t bytes) {
  unsigned char* const at = host_.data() + used_;
  used_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (used_ > host_.size()) throw DeviceError(WM_ERR_NATIVE, "a block holds more than was planned");
  return at;
}

void Slot::copy(cudaStream_t stream) {
  check(cudaMemcpyAsync(device_.data(), host_.data(), used_, cudaMemcpyHostToDevice, stream), "to take a block");
}

CancelFlag::CancelFlag() {
  check(cudaHostAlloc(reinterpret_cast<void**>(&host_), sizeof(int), cudaHostAllocMapped), "to share memory");
  *host_ = 0;
  const cudaError_t status = cudaHostGetDevicePointer(reinterpret_cast<void**>(&device_), host_, 0);
  if (status != cudaSuccess) cudaFreeHost(host_);
  check(status, "to share memory");
}

CancelFlag::~CancelFlag() { cudaFreeHost(host_); }

}  // namespace wordmill::cuda

using namespace wordmill::cuda;

namespace {

constexpr const char* kDoing = "in the middle of a block";

}  // namespace

void wm_backend_training::reserveSlots(uint64_t bytes, unsigned arrays) {
  for (Slot& slot : slots_) slot.reserve(bytes + arrays * Slot::kAlignment);
}

Slot& wm_backend_training::takeSlot(uint64_t bytes, unsigned arrays) {
  device_.use();
  Slot& slot = slots_[next_];
  if (slot.inFlight) {
    check(cudaEventSynchronize(slot.done), kDoing);
    account(slot);
  }
  next_ = (next_ + 1) % slots_.size();
  slot.reserve(bytes + arrays * Slot::kAlignment);
  return slot;
}

void wm_backend_training::send(Slot& slot) {
  slot.copy(copies_);
  slot.copied.record(copies_);
  check(cudaMemsetAsync(slot.sums.data(), 0, sizeof(BlockSums), stream_), "to clear memory");
  check(cudaStreamWaitEvent(stream_, slot.copied, 0), "to take a block");
}

void wm_backend_training::finish(Slot& slot) {
  check(cudaMemcpyAsync(slot.result.data(), slot.sums.data(), sizeof(BlockSums), cudaMemcpyDeviceToHost, stream_),
        "to give back sums");
  slot.done.record(stream_);
  slot.inFlight = true;
}

void wm_backend_training::account(Slot& slot) {
  slot.inFlight = false;
  finished_.loss += slot.result.data()->loss;
  finished_.examples += slot.result.data()->examples;
}

void wm_backend_training::collect(uint64_t* unfinished, wm_backend_result* result) {
  device_.use();
  *unfinished = 0;
  for (Slot& slot : slots_) {
    if (!slot.inFlight) continue;
    if (slot.done.passed(kDoing)) {
      account(slot);
    } else {
      ++*unfinished;
    }
  }
  *result = finished_;
  finished_ = {};
}

void wm_backend_training::read() {
  device_.use();
  stream_.wait(kDoing);
  readWeights();
}
