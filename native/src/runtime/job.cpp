#include "runtime/job.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <system_error>

namespace wordmill {
namespace {

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Error asError(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(WM_ERR_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return Error(WM_ERR_NATIVE, error.what());
  } catch (...) {
    return Error(WM_ERR_NATIVE, "unknown exception");
  }
}

}  // namespace

Job::Job(std::unique_ptr<BlockWork> work, unsigned threads) : work_(std::move(work)), threadCount_(threads) {}

Job::~Job() {
  cancel();
  {
    std::unique_lock<std::mutex> lock(mutex_);
    rested_.wait(lock, [this] { return unitsRunning_ == 0 && !ahead_; });
    closing_ = true;
  }
  workAdded_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Job::startThreads() {
  if (!threads_.empty()) return;
  try {
    while (threads_.size() < threadCount_) threads_.emplace_back([this] { workerLoop(); });
  } catch (const std::system_error&) {
    if (threads_.empty()) throw Error(WM_ERR_MEMORY, "the system gives no thread to train on");
  }
}

void Job::submit(uint64_t first, uint64_t count) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (error_) throw Error(*error_);
    if (first > work_->blocks() || count > work_->blocks() - first) {
      throw optionError("firstBlock", "blocks " + std::to_string(first) + " .. " + std::to_string(first + count) +
                                          " are not all in a job of " + std::to_string(work_->blocks()) + " blocks");
    }
    if (count == 0) return;
    startThreads();
    queue_.push_back({first, first + count});
    if (state_ == WM_JOB_IDLE) {
      state_ = WM_JOB_RUNNING;
      started_ = std::chrono::steady_clock::now();
    }
  }
  workAdded_.notify_all();
}

wm_job_progress Job::progress() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  wm_job_progress out{};
  out.state = state_;
  const size_t workers = threads_.empty() ? threadCount_ : threads_.size();
  out.threads = static_cast<uint32_t>(workers * work_->threadsOfWorker());
  out.blocks = work_->blocks();
  out.blocks_done = blocksDone_;
  out.tokens_total = work_->tokens();
  out.tokens_done = total_.tokens;
  out.loss_sum = total_.loss;
  out.examples = total_.examples;
  out.learning_rate = work_->learningRate(lastBlock_);
  out.seconds = seconds_ + (state_ == WM_JOB_RUNNING ? secondsSince(started_) : 0.0);
  return out;
}

void Job::wait() {
  std::unique_lock<std::mutex> lock(mutex_);
  rested_.wait(lock, [this] { return state_ != WM_JOB_RUNNING && unitsRunning_ == 0 && !ahead_; });
  if (error_) throw Error(*error_);
}

void Job::pause() {
  bool atRest = false;
  std::function<void()> callback;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    queue_.clear();
    atRest = settle();
    callback = restCallback_;
  }
  if (atRest && callback) callback();
}

void Job::cancel() {
  bool atRest = false;
  std::function<void()> callback;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    cancelled_ = true;
    if (!error_) error_ = std::make_unique<Error>(WM_ERR_CANCELLED, "cancelled");
    queue_.clear();
    open_.clear();
    if (state_ == WM_JOB_IDLE) state_ = WM_JOB_CANCELLED;
    atRest = settle();
    callback = restCallback_;
  }
  if (atRest && callback) callback();
}

void Job::onRest(std::function<void()> callback) {
  const std::lock_guard<std::mutex> lock(mutex_);
  restCallback_ = std::move(callback);
}

bool Job::settle() {
  const bool blockOpen =
      std::any_of(open_.begin(), open_.end(), [](const OpenBlock& b) { return b.handedOut < b.units; });
  if (state_ != WM_JOB_RUNNING || unitsRunning_ > 0 || ahead_ || blockOpen || !queue_.empty()) return false;
  seconds_ += secondsSince(started_);
  state_ = !error_ ? WM_JOB_IDLE : error_->code == WM_ERR_CANCELLED ? WM_JOB_CANCELLED : WM_JOB_FAILED;
  rested_.notify_all();
  return true;
}

Job::Next Job::takeUnit(Unit& unit) {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    if (closing_) return Next::kEnd;
    if (!open_.empty() && open_.back().handedOut < open_.back().units) break;
    if (!queue_.empty() && (open_.empty() || work_->blocksOverlap())) {
      Range& range = queue_.front();
      lastBlock_ = range.next++;
      open_.push_back({lastBlock_, 0, 0, work_->units(lastBlock_)});
      if (range.next == range.end) queue_.pop_front();
      continue;
    }
    if (ahead_) return Next::kRest;
    workAdded_.wait(lock);
  }
  unit = {open_.back().block, open_.back().handedOut++};
  ++unitsRunning_;
  ahead_ = work_->runsAhead();
  return Next::kUnit;
}

void Job::finishUnit(const Unit& unit, const UnitResult& result) {
  bool atRest = false;
  bool mayBeginNext = false;
  std::function<void()> callback;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    --unitsRunning_;
    add(result);
    const auto block =
        std::find_if(open_.begin(), open_.end(), [&](const OpenBlock& b) { return b.block == unit.block; });
    if (block != open_.end() && ++block->finished == block->units) {
      ++blocksDone_;
      open_.erase(block);
      mayBeginNext = !queue_.empty() && !work_->blocksOverlap();
    }
    atRest = settle();
    callback = restCallback_;
    if (unitsRunning_ == 0) rested_.notify_all();
  }
  if (mayBeginNext) workAdded_.notify_all();
  if (atRest && callback) callback();
}

void Job::finishRest(const UnitResult& result) {
  bool atRest = false;
  std::function<void()> callback;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ahead_ = false;
    add(result);
    atRest = settle();
    callback = restCallback_;
    rested_.notify_all();
  }
  if (atRest && callback) callback();
}

void Job::add(const UnitResult& result) {
  total_.tokens += result.tokens;
  total_.loss += result.loss;
  total_.examples += result.examples;
}

void Job::fail(const Error& error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!error_) error_ = std::make_unique<Error>(error);
  cancelled_ = true;
  queue_.clear();
  open_.clear();
}

void Job::workerLoop() {
  std::unique_ptr<BlockWorker> worker;
  Unit unit{};
  for (Next next = takeUnit(unit); next != Next::kEnd; next = takeUnit(unit)) {
    const UnitResult result = work(next, unit, worker);
    if (next == Next::kUnit) {
      finishUnit(unit, result);
    } else {
      finishRest(result);
    }
  }
}

UnitResult Job::work(Next next, const Unit& unit, std::unique_ptr<BlockWorker>& worker) {
  UnitResult result;
  try {
    if (!worker) worker = work_->makeWorker();
    result = next == Next::kUnit ? worker->run(unit.block, unit.index, cancelled_) : worker->rest(cancelled_);
    if (!std::isfinite(result.loss)) {
      throw Error(WM_ERR_DIVERGED,
                  "training diverged: a weight became infinite or not a number; lower the learning rate")
          .inBlock(static_cast<int64_t>(unit.block));
    }
  } catch (...) {
    fail(asError(std::current_exception()));
  }
  return result;
}

}  // namespace wordmill
