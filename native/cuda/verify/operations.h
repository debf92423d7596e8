#pragma once

#include "report.h"
#include "trainings.h"

/// The two ceilings of the device, which go into the report, and operations on arrays that are on the device already.
void measureOperations(uint32_t index, const Scale& scale, Report& report);
