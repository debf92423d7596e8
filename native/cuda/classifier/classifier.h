#pragma once

#include "device/training.h"

namespace wordmill::cuda {

wm_backend_training* beginClassifier(const wm_backend_device& device, const wm_backend_classifier& setup);
void submitClassifier(wm_backend_training& training, const wm_backend_examples& block);

}  // namespace wordmill::cuda
