#pragma once

#include <cstdint>

#include "engine.h"

/// Sentences of 40 words, of which word r (from 1) has a probability of about 1 / (r ln words).
Owned<wm_corpus> zipfCorpus(uint64_t tokens, uint64_t words);
Owned<wm_view> viewOf(const wm_corpus* corpus);

/// Uniform in [-range, range), or zeros.
Owned<wm_table> tableOf(uint64_t rows, uint64_t columns, float range);

struct Run {
  double seconds;
  uint64_t tokens;
};
/// Lets a job work until it is done, or for so long.
Run runFor(wm_job* job, double seconds);
