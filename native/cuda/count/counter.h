#pragma once

#include "device/device.h"

namespace wordmill::cuda {

wm_backend_counter* beginCount(const wm_backend_device& device, const wm_backend_count& setup);
void appendWords(wm_backend_counter& counter, const uint32_t* words, uint64_t n);
void finishCount(wm_backend_counter& counter, uint64_t* offsets);
void readCounts(wm_backend_counter& counter, uint64_t first, uint64_t n, uint32_t* columns, double* values);
void releaseCounter(wm_backend_counter* counter);

}  // namespace wordmill::cuda
