#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/error.h"
#include "wordmill.h"

namespace wordmill {

/// What one unit of work gave.
struct UnitResult {
  uint64_t tokens = 0;
  double loss = 0.0;
  uint64_t examples = 0;
};

/// One thread's share of a training: its scratch memory, and the loop.
class BlockWorker {
 public:
  virtual ~BlockWorker() = default;
  /// Does one unit of a block; looks at `cancelled` at least every few milliseconds and then returns early.
  virtual UnitResult run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) = 0;
  /// Of a work that runs ahead: finishes what `run` only began, brings the weights up to date, and returns what `run`
  /// has not.
  virtual UnitResult rest(const std::atomic<bool>& cancelled) {
    static_cast<void>(cancelled);
    return {};
  }
};

/// A training as an ordered sequence of blocks, each a fixed number of units whatever the number of threads.
class BlockWork {
 public:
  virtual ~BlockWork() = default;
  virtual uint64_t blocks() const = 0;
  virtual uint32_t units(uint64_t block) const = 0;
  virtual uint64_t tokens() const = 0;
  /// At the start of a block.
  virtual double learningRate(uint64_t block) const = 0;
  /// Whether a block may begin before the one before it is finished.
  virtual bool blocksOverlap() const { return true; }
  /// Threads that each worker has, where a unit is itself worked on by several.
  virtual unsigned threadsOfWorker() const { return 1; }
  /// Whether units only begin in `run`, elsewhere, so that the job may not come to rest before its worker did. Such a
  /// work has one worker.
  virtual bool runsAhead() const { return false; }
  virtual std::unique_ptr<BlockWorker> makeWorker() = 0;
};

/// Runs ranges of blocks on its own threads: units are handed out in order, and workers flow from block to block
/// without a barrier, unless the work asks for one.
class Job {
 public:
  Job(std::unique_ptr<BlockWork> work, unsigned threads);
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  void submit(uint64_t first, uint64_t count);
  wm_job_progress progress() const;
  /// Until the job rests; throws what stopped it.
  void wait();
  void pause();
  void cancel();
  void onRest(std::function<void()> callback);

 private:
  struct Range {
    uint64_t next;
    uint64_t end;
  };
  struct OpenBlock {
    uint64_t block;
    uint32_t handedOut;
    uint32_t finished;
    uint32_t units;
  };
  struct Unit {
    uint64_t block;
    uint32_t index;
  };

  enum class Next { kUnit, kRest, kEnd };

  void workerLoop();
  /// What a worker is to do next; waits until there is something.
  Next takeUnit(Unit& unit);
  /// Does it, and turns what is thrown into the job's error.
  UnitResult work(Next next, const Unit& unit, std::unique_ptr<BlockWorker>& worker);
  void finishUnit(const Unit& unit, const UnitResult& result);
  void finishRest(const UnitResult& result);
  void add(const UnitResult& result);
  void fail(const Error& error);
  /// Called with the lock held after anything that may have ended the last work; says whether it did.
  bool settle();
  void startThreads();

  const std::unique_ptr<BlockWork> work_;
  const unsigned threadCount_;
  std::vector<std::thread> threads_;

  mutable std::mutex mutex_;
  std::condition_variable workAdded_;
  std::condition_variable rested_;
  std::deque<Range> queue_;
  std::vector<OpenBlock> open_;
  std::function<void()> restCallback_;
  std::unique_ptr<Error> error_;
  wm_job_state state_ = WM_JOB_IDLE;
  bool closing_ = false;
  uint32_t unitsRunning_ = 0;
  bool ahead_ = false;  // the worker of a work that runs ahead has not come to rest
  uint64_t lastBlock_ = 0;
  uint64_t blocksDone_ = 0;
  UnitResult total_;
  std::chrono::steady_clock::time_point started_;
  double seconds_ = 0.0;
  std::atomic<bool> cancelled_{false};
};

}  // namespace wordmill
