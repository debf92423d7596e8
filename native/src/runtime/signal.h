#pragma once

#include <atomic>
#include <cstdint>

#include "runtime/error.h"

/// The C handle is the class itself: a flag that long work looks at, and how much of it is done.
struct wm_signal {
  std::atomic<bool> raised{false};
  std::atomic<uint64_t> done{0};
};

namespace wordmill {

inline bool isRaised(const wm_signal* signal) {
  return signal != nullptr && signal->raised.load(std::memory_order_relaxed);
}

inline void throwIfRaised(const wm_signal* signal) {
  if (isRaised(signal)) throw Error(WM_ERR_CANCELLED, "cancelled");
}

inline void addDone(wm_signal* signal, uint64_t amount) {
  if (signal != nullptr) signal->done.fetch_add(amount, std::memory_order_relaxed);
}

}  // namespace wordmill
