#pragma once

#include "wordmill_backend.h"

/// A device to be tested: as the engine uses it, and as the engine sees it.
struct TestedDevice {
  const wm_device* device;
  const wm_backend* calls;
  wm_backend_device* opened;
  /// On the processor: WORDMILL_EMULATOR works, and what races on a GPU gives the same in every run.
  bool isEmulated;
};

void testEmbedding(const TestedDevice& tested);
void testClassifier(const TestedDevice& tested);
void testSearch(const TestedDevice& tested);
void testNextToken(const TestedDevice& tested);
void testWindow(const TestedDevice& tested);
void testGlove(const TestedDevice& tested);
void testCount(const TestedDevice& tested);
