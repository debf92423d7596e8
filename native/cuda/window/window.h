#pragma once

#include "device/training.h"

namespace wordmill::cuda {

wm_backend_training* beginWindow(const wm_backend_device& device, const wm_backend_window& setup);
void submitWindow(wm_backend_training& training, const wm_backend_sentences& block);

}  // namespace wordmill::cuda
