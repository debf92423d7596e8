#include "runtime/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace wordmill {

unsigned availableThreads() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1U, std::thread::hardware_concurrency());
}

void parallelFor(uint64_t tasks, unsigned threads, const std::function<void(uint64_t)>& task) {
  std::atomic<uint64_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    for (uint64_t i = next++; i < tasks; i = next++) {
      try {
        task(i);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (!failure) failure = std::current_exception();
        next = tasks;
      }
    }
  };
  const uint64_t helpers = tasks == 0 ? 0 : std::min<uint64_t>(threads, tasks) - 1;
  std::vector<std::thread> others;
  try {
    for (uint64_t i = 0; i < helpers; ++i) others.emplace_back(work);
  } catch (const std::system_error&) {
    // No more threads to be had: the ones that run do the work.
  }
  work();
  for (std::thread& thread : others) thread.join();
  if (failure) std::rethrow_exception(failure);
}

void parallelTasks(uint64_t count, uint64_t bytes, unsigned threads,
                   const std::function<void(uint64_t first, uint64_t end)>& task) {
  constexpr uint64_t taskBytes = 1U << 20U;
  const uint64_t items = std::max<uint64_t>(1, taskBytes / std::max<uint64_t>(1, bytes));
  parallelFor((count + items - 1) / items, threads,
              [&](uint64_t i) { task(i * items, std::min(count, (i + 1) * items)); });
}

}  // namespace wordmill
