#include "train/schedule.h"

#include "c_api/guard.h"

using wordmill::guard;
using wordmill::require;

wm_code wm_schedule_rate(const wm_schedule* schedule, uint64_t step, double* out, wm_error* error) {
  return guard(error, [&] {
    require(schedule != nullptr && out != nullptr, "schedule", "an argument is NULL");
    wordmill::checkSchedule(*schedule);
    *out = wordmill::scheduledRate(*schedule, step);
  });
}
