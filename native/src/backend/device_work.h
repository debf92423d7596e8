#pragma once

#include <memory>

#include "backend/module.h"
#include "runtime/job.h"

namespace wordmill {

/// A training on a device: blocks are submitted ahead, so that the device always has the next one, and the weights come
/// back when the job comes to rest.
class DeviceWork : public BlockWork {
 public:
  ~DeviceWork() override;

  uint64_t blocks() const final { return plan_.blocks(); }
  uint32_t units(uint64_t) const final { return 1; }
  uint64_t tokens() const final { return plan_.tokens(); }
  double learningRate(uint64_t block) const final { return plan_.learningRate(block); }
  bool runsAhead() const final { return true; }
  std::unique_ptr<BlockWorker> makeWorker() final;

 protected:
  /// `plan`: the same training on the processor, whose blocks and learning rates it takes; kept alive by whoever
  /// derives from this.
  DeviceWork(std::shared_ptr<const Device> device, const BlockWork& plan) : device_(std::move(device)), plan_(plan) {}

  const wm_backend& calls() const { return device_->calls(); }
  wm_backend_device* device() const { return device_->handle(); }
  /// What `_begin` gave; called once, at the end of the constructor.
  void take(wm_backend_training* training) { training_ = training; }
  wm_backend_training* training() const { return training_; }

  /// Hands the block to the device; returns the tokens in it.
  virtual uint64_t submit(uint64_t block) = 0;
  /// After the weights were written back.
  virtual void weightsChanged() = 0;

 private:
  friend class DeviceWorker;

  const std::shared_ptr<const Device> device_;
  const BlockWork& plan_;
  wm_backend_training* training_ = nullptr;
};

}  // namespace wordmill
