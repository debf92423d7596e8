#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace wordmill {

/// Threads that stay together for many short pieces of parallel work, one after another: a step of training on a batch
/// takes milliseconds and has several of them, so that starting threads for each would be felt.
class Team {
 public:
  /// `size` members, of whom the calling thread is one; fewer where the system gives no more threads.
  explicit Team(unsigned size);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  unsigned size() const { return static_cast<unsigned>(others_.size()) + 1; }

  /// Runs task(index, member) for all indices below `tasks`, handed out in order, and returns when all are done. After
  /// an exception no further task begins, and the first one is thrown again here. Members are numbered from 0, for
  /// their own scratch memory. One caller at a time.
  void run(uint64_t tasks, const std::function<void(uint64_t index, unsigned member)>& task);

 private:
  void memberLoop(unsigned member);
  void work(unsigned member);

  std::vector<std::thread> others_;
  std::mutex mutex_;
  std::condition_variable begun_;
  std::condition_variable ended_;
  uint64_t round_ = 0;
  unsigned working_ = 0;
  bool closing_ = false;
  const std::function<void(uint64_t, unsigned)>* task_ = nullptr;
  uint64_t tasks_ = 0;
  uint64_t next_ = 0;
  std::exception_ptr failure_;
};

}  // namespace wordmill
