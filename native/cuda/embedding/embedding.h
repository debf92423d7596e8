#pragma once

#include "device/device.h"

namespace wordmill::cuda {

wm_backend_embedding* openEmbedding(const wm_backend_device& device, const wm_backend_rows& table);
void gather(wm_backend_embedding& embedding, const uint32_t* ids, uint64_t n, float* out);
void scatterAdd(wm_backend_embedding& embedding, const uint32_t* ids, uint64_t n, const float* values);
void stepRows(wm_backend_embedding& embedding, const uint32_t* ids, uint64_t n, const float* gradients,
              const wm_backend_step& step);
void readEmbedding(wm_backend_embedding& embedding);
void closeEmbedding(wm_backend_embedding* embedding);

}  // namespace wordmill::cuda
