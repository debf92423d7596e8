#pragma once

#include "device/training.h"

namespace wordmill::cuda {

wm_backend_training* beginNextToken(const wm_backend_device& device, const wm_backend_next_token& setup);
void submitNextToken(wm_backend_training& training, const wm_backend_batch* batches, uint64_t count);

}  // namespace wordmill::cuda
