#pragma once

#include <cstdint>

#include "wordmill.h"

namespace wordmill {

/// Throws WM_ERR_OPTION for a value out of range.
void checkSchedule(const wm_schedule& schedule);

/// The learning rate of the step that `step` others precede; the schedule must have passed checkSchedule.
double scheduledRate(const wm_schedule& schedule, uint64_t step);

}  // namespace wordmill
