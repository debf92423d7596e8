#pragma once

#include <memory>
#include <vector>

#include "backend/device_work.h"
#include "train/classifier_model.h"

namespace wordmill {

/// A classifier's training on a device. Blocks, the order of examples and learning rates are those of the processor's.
class DeviceClassifier final : public DeviceWork {
 public:
  DeviceClassifier(std::shared_ptr<const Device> device, std::unique_ptr<const ClassifierModel> model);

 private:
  uint64_t submit(uint64_t block) override;
  void weightsChanged() override;
  /// Takes the block's examples together; returns their tokens.
  uint64_t gather(uint64_t block);
  uint64_t firstOf(uint64_t block) const;

  const std::unique_ptr<const ClassifierModel> model_;
  // Of the block that was gathered.
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> rowStarts_;
  std::vector<uint32_t> labels_;
  std::vector<uint32_t> labelStarts_;
  // Of one example.
  std::vector<uint32_t> exampleRows_;
  std::vector<uint32_t> exampleLabels_;
};

}  // namespace wordmill
