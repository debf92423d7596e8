#pragma once

#include <cstdint>
#include <string>

#include "report.h"
#include "wordmill.h"

/// How much to do: all of it, or so little that an emulated device does it too.
struct Scale {
  uint64_t tokens = 1000000000;
  uint64_t words = 200000;
  double secondsOfTraining = 40.0;
  double secondsOfOther = 5.0;
  bool isSmall = false;
};

/// Trainings on text in which word r occurs in proportion to 1 / r.
void measureTrainings(const wm_device* device, const Scale& scale, Report& report);

/// Searching, counting, GloVe, classification, and prediction of the next token.
void measureOtherWork(const wm_device* device, const Scale& scale, Report& report);

struct QualityFiles {
  std::string text;
  std::string questions;  // "" or the analogies of word2vec
  std::string pairs;      // "" or WordSim353: two words and a score a line
};

/// The same trainings of a real text on the processor and on the device.
void measureQuality(const wm_device* device, const Scale& scale, const QualityFiles& files, Report& report);
