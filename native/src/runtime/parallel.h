#pragma once

#include <cstdint>
#include <functional>

namespace wordmill {

/// Processors that this process may run on, at least 1.
unsigned availableThreads();

/// The thread count that an option asks for; 0 means all.
inline unsigned resolveThreads(uint32_t requested) { return requested != 0 ? requested : availableThreads(); }

/// Runs task(0) .. task(tasks - 1), handed out in order to at most `threads` threads, the caller among them. After
/// an exception no further task begins, and the first one is thrown again here.
void parallelFor(uint64_t tasks, unsigned threads, const std::function<void(uint64_t)>& task);

/// The items 0 .. count - 1 as ranges [first, end), each of which moves about a megabyte, `bytes` an item: enough to
/// outweigh the start of a thread, so that a little work is done by the caller alone.
void parallelTasks(uint64_t count, uint64_t bytes, unsigned threads,
                   const std::function<void(uint64_t first, uint64_t end)>& task);

}  // namespace wordmill
