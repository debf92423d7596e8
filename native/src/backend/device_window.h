#pragma once

#include <memory>
#include <vector>

#include "backend/device_work.h"
#include "train/window_model.h"

namespace wordmill {

/// Skip-gram and CBOW on a device. Blocks, learning rates and what is derived from the counts are those of the
/// processor's training.
class DeviceWindow final : public DeviceWork {
 public:
  /// The arguments must have passed checkWindowOptions. WM_ERR_UNSUPPORTED for full softmax.
  DeviceWindow(std::shared_ptr<const Device> device, std::unique_ptr<const WindowModel> model);

 private:
  uint64_t submit(uint64_t block) override;
  void weightsChanged() override;

  const std::unique_ptr<const WindowModel> model_;
  std::vector<uint32_t> sentence_;
  std::vector<uint32_t> words_;
  std::vector<uint32_t> starts_;
};

}  // namespace wordmill
