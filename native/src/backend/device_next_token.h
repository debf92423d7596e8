#pragma once

#include <memory>
#include <vector>

#include "backend/device_work.h"
#include "train/next_token/batch.h"
#include "train/next_token/model.h"

namespace wordmill {

/// Next-token training on a device. Blocks, the order of tokens, steps and what is derived from the counts are those of
/// the processor's training.
class DeviceNextToken final : public DeviceWork {
 public:
  /// The arguments of the model must have passed checkNextTokenTraining.
  DeviceNextToken(std::shared_ptr<const Device> device, std::unique_ptr<const NextTokenModel> model);

 private:
  uint64_t submit(uint64_t block) override;
  void weightsChanged() override;

  const std::unique_ptr<const NextTokenModel> model_;
  /// Of a block.
  std::vector<Batch> batches_;
  std::vector<wm_backend_batch> described_;
};

}  // namespace wordmill
