#pragma once

#include <atomic>

#include "runtime/error.h"

/// The C handle is the class itself: a flag that long work looks at.
struct wm_signal {
  std::atomic<bool> raised{false};
};

namespace wordmill {

inline bool isRaised(const wm_signal* signal) {
  return signal != nullptr && signal->raised.load(std::memory_order_relaxed);
}

inline void throwIfRaised(const wm_signal* signal) {
  if (isRaised(signal)) throw Error(WM_ERR_CANCELLED, "cancelled");
}

}  // namespace wordmill
