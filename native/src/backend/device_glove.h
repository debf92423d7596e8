#pragma once

#include <memory>
#include <vector>

#include "backend/device_work.h"
#include "train/glove_model.h"

namespace wordmill {

/// GloVe on a device. Rounds of tiles are those of the processor's training.
class DeviceGlove final : public DeviceWork {
 public:
  DeviceGlove(std::shared_ptr<const Device> device, std::unique_ptr<const GloveModel> model);

 private:
  uint64_t submit(uint64_t block) override;
  void weightsChanged() override;

  const std::unique_ptr<const GloveModel> model_;
  std::vector<wm_backend_tile> tiles_;
};

}  // namespace wordmill
