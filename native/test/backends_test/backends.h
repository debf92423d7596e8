#pragma once

#include "wordmill_backend.h"

/// A device to be tested: as the engine uses it, and as the engine sees it.
struct TestedDevice {
  const wm_device* device;
  const wm_backend* calls;
  wm_backend_device* opened;
};

void testWindow(const TestedDevice& tested);
void testGlove(const TestedDevice& tested);
void testCount(const TestedDevice& tested);
