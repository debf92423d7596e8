#pragma once

#include <memory>
#include <utility>

#include "runtime/job.h"
#include "wordmill.h"

// Apart from the other handles: only those who make jobs need to know what one is.

struct wm_job {
  explicit wm_job(std::unique_ptr<wordmill::BlockWork> work, unsigned threads) : value(std::move(work), threads) {}
  wordmill::Job value;
};
