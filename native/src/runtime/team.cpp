#include "runtime/team.h"

#include <system_error>
#include <utility>

namespace wordmill {

Team::Team(unsigned size) {
  try {
    for (unsigned member = 1; member < size; ++member) others_.emplace_back([this, member] { memberLoop(member); });
  } catch (const std::system_error&) {
    // No more threads to be had: the ones that run do the work.
  }
}

Team::~Team() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  begun_.notify_all();
  for (std::thread& thread : others_) thread.join();
}

void Team::run(uint64_t tasks, const std::function<void(uint64_t, unsigned)>& task) {
  if (tasks == 0) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    task_ = &task;
    tasks_ = tasks;
    next_ = 0;
    working_ = static_cast<unsigned>(others_.size());
    ++round_;
  }
  begun_.notify_all();
  work(0);
  std::unique_lock<std::mutex> lock(mutex_);
  ended_.wait(lock, [this] { return working_ == 0; });
  task_ = nullptr;
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Team::memberLoop(unsigned member) {
  for (uint64_t seen = 0;;) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      begun_.wait(lock, [&] { return closing_ || round_ != seen; });
      if (closing_) return;
      seen = round_;
    }
    work(member);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      --working_;
    }
    ended_.notify_one();
  }
}

void Team::work(unsigned member) {
  for (;;) {
    uint64_t index;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (next_ >= tasks_) return;
      index = next_++;
    }
    try {
      (*task_)(index, member);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      next_ = tasks_;
    }
  }
}

}  // namespace wordmill
