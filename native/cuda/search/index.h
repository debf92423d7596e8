#pragma once

#include "device/device.h"

namespace wordmill::cuda {

wm_backend_index* openIndex(const wm_backend_device& device, const wm_backend_rows& table, const float* scales);
void searchIndex(wm_backend_index& index, const wm_backend_query& query, uint32_t* rows, float* scores);
void closeIndex(wm_backend_index* index);

}  // namespace wordmill::cuda
