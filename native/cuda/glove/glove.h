#pragma once

#include "device/training.h"

namespace wordmill::cuda {

wm_backend_training* beginGlove(const wm_backend_device& device, const wm_backend_glove& setup);
void submitGlove(wm_backend_training& training, const wm_backend_tile* tiles, uint64_t count);

}  // namespace wordmill::cuda
