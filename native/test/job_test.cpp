// The contract of jobs, with a work that only counts: order, pause, cancel, failure, one outcome for any submission.

#include <atomic>
#include <chrono>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include "check.h"
#include "runtime/job.h"

using namespace wordmill;

namespace {

struct Log {
  std::mutex mutex;
  std::vector<std::pair<uint64_t, uint32_t>> units;
};

class CountingWorker final : public BlockWorker {
 public:
  explicit CountingWorker(Log& log) : log_(log) {}
  UnitResult run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) override {
    const std::lock_guard<std::mutex> lock(log_.mutex);
    log_.units.emplace_back(block, unit);
    if (block == 90) throw Error(WM_ERR_LIMIT, "block 90");
    if (block == 91) return {1, std::numeric_limits<double>::quiet_NaN(), 1};
    if (block == 92) {
      while (!cancelled) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {10, 0.5, 1};
  }

 private:
  Log& log_;
};

class CountingWork final : public BlockWork {
 public:
  explicit CountingWork(Log& log) : log_(log) {}
  uint64_t blocks() const override { return 100; }
  uint32_t units(uint64_t block) const override { return block % 2 == 0 ? 4 : 3; }
  uint64_t tokens() const override { return 3500; }
  double learningRate(uint64_t block) const override { return 1.0 - static_cast<double>(block) / 100.0; }
  std::unique_ptr<BlockWorker> makeWorker() override { return std::make_unique<CountingWorker>(log_); }

 private:
  Log& log_;
};

/// Blocks that must not overlap; counts what runs at once, and units that began while another block was open.
class BarrierWork final : public BlockWork {
 public:
  uint64_t blocks() const override { return 30; }
  uint32_t units(uint64_t) const override { return 5; }
  uint64_t tokens() const override { return 150; }
  double learningRate(uint64_t) const override { return 1.0; }
  bool blocksOverlap() const override { return false; }
  std::unique_ptr<BlockWorker> makeWorker() override {
    class Worker final : public BlockWorker {
     public:
      explicit Worker(BarrierWork& work) : work_(work) {}
      UnitResult run(uint64_t block, uint32_t unit, const std::atomic<bool>&) override {
        if (work_.finished < block * 5) ++work_.early;
        std::this_thread::sleep_for(std::chrono::microseconds(100 * (unit + 1)));
        ++work_.finished;
        return {1, 0.0, 1};
      }

     private:
      BarrierWork& work_;
    };
    return std::make_unique<Worker>(*this);
  }

  std::atomic<uint64_t> finished{0};
  std::atomic<uint64_t> early{0};
};

/// Units only begin in `run`; what they give is told by the next `run`, or by `rest`. Block 90 fails when it ends.
class RunAheadWork final : public BlockWork {
 public:
  uint64_t blocks() const override { return 100; }
  uint32_t units(uint64_t) const override { return 1; }
  uint64_t tokens() const override { return 1000; }
  double learningRate(uint64_t) const override { return 1.0; }
  bool runsAhead() const override { return true; }
  std::unique_ptr<BlockWorker> makeWorker() override {
    class Worker final : public BlockWorker {
     public:
      explicit Worker(RunAheadWork& work) : work_(work) {}
      UnitResult run(uint64_t block, uint32_t, const std::atomic<bool>&) override {
        const UnitResult ended = end();
        begun_ = static_cast<int64_t>(block);
        ++work_.ahead;
        return ended;
      }
      UnitResult rest(const std::atomic<bool>&) override {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
        return end();
      }

     private:
      UnitResult end() {
        const int64_t block = begun_;
        begun_ = -1;
        if (block < 0) return {};
        --work_.ahead;
        if (block == 90) throw Error(WM_ERR_DEVICE, "block 90");
        return {10, 0.5, 1};
      }

      RunAheadWork& work_;
      int64_t begun_ = -1;
    };
    return std::make_unique<Worker>(*this);
  }

  std::atomic<int> ahead{0};  // units that have begun and not ended
};

wm_code waitFor(Job& job) {
  try {
    job.wait();
    return WM_OK;
  } catch (const Error& error) {
    return error.code;
  }
}

void testOrder() {
  Log log;
  std::atomic<int> rests{0};
  {
    Job job(std::make_unique<CountingWork>(log), 1);
    job.onRest([&] { ++rests; });
    CHECK(waitFor(job) == WM_OK);
    job.submit(0, 10);
    job.submit(10, 5);
    CHECK(waitFor(job) == WM_OK);
    const wm_job_progress progress = job.progress();
    CHECK_EQUAL(progress.state, WM_JOB_IDLE);
    CHECK_EQUAL(progress.blocks_done, 15U);
    CHECK_EQUAL(progress.tokens_done, 10U * log.units.size());
    CHECK_EQUAL(log.units.size(), 8U * 4U + 7U * 3U);
    CHECK(std::is_sorted(log.units.begin(), log.units.end()));
  }
  // The callback runs beside those who wait; when the job is gone, it has returned.
  CHECK(rests >= 1);
}

void testBarrier() {
  auto work = std::make_unique<BarrierWork>();
  BarrierWork& counts = *work;
  Job job(std::move(work), 4);
  job.submit(0, 20);
  job.submit(20, 10);
  CHECK(waitFor(job) == WM_OK);
  CHECK_EQUAL(counts.finished.load(), 150U);
  CHECK_EQUAL(counts.early.load(), 0U);
}

void testPause() {
  Log log;
  Job job(std::make_unique<CountingWork>(log), 3);
  job.submit(0, 80);
  job.pause();
  CHECK(waitFor(job) == WM_OK);
  const uint64_t done = job.progress().blocks_done;
  // Everything begun was finished, and only that.
  size_t units = 0;
  for (uint64_t block = 0; block < done; ++block) units += block % 2 == 0 ? 4 : 3;
  CHECK_EQUAL(log.units.size(), units);
  job.submit(done, 80 - done);
  CHECK(waitFor(job) == WM_OK);
  CHECK_EQUAL(job.progress().blocks_done, 80U);
}

void testFailures() {
  {
    Log log;
    Job job(std::make_unique<CountingWork>(log), 2);
    job.submit(88, 4);
    CHECK(waitFor(job) == WM_ERR_LIMIT);
    CHECK_EQUAL(job.progress().state, WM_JOB_FAILED);
  }
  {
    Log log;
    Job job(std::make_unique<CountingWork>(log), 1);
    job.submit(91, 1);
    try {
      job.wait();
      CHECK(false);
    } catch (const Error& error) {
      CHECK_EQUAL(error.code, WM_ERR_DIVERGED);
      CHECK_EQUAL(error.block, 91);
    }
  }
  Log log;
  Job job(std::make_unique<CountingWork>(log), 2);
  try {
    job.submit(99, 2);
    CHECK(false);
  } catch (const Error& error) {
    CHECK_EQUAL(error.code, WM_ERR_OPTION);
  }
}

void testCancel() {
  Log log;
  Job job(std::make_unique<CountingWork>(log), 1);
  job.submit(92, 8);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  job.cancel();
  CHECK(waitFor(job) == WM_ERR_CANCELLED);
  CHECK_EQUAL(job.progress().state, WM_JOB_CANCELLED);
  // And one that is dropped in the middle.
  Log other;
  Job dropped(std::make_unique<CountingWork>(other), 2);
  dropped.submit(92, 8);
}

void testRunningAhead() {
  auto made = std::make_unique<RunAheadWork>();
  RunAheadWork& work = *made;
  std::atomic<int> ahead{0};
  Job job(std::move(made), 1);
  job.onRest([&] { ahead += work.ahead; });
  job.submit(0, 40);
  job.pause();
  CHECK(waitFor(job) == WM_OK);
  CHECK_EQUAL(work.ahead.load(), 0);
  const uint64_t done = job.progress().blocks_done;
  CHECK_EQUAL(job.progress().tokens_done, 10 * done);
  for (uint64_t block = done; block < 80; ++block) job.submit(block, 1);
  CHECK(waitFor(job) == WM_OK);
  CHECK_EQUAL(job.progress().tokens_done, 800U);
  CHECK_EQUAL(work.ahead.load(), 0);
  job.submit(80, 5);
  job.cancel();
  CHECK(waitFor(job) == WM_ERR_CANCELLED);
  CHECK_EQUAL(job.progress().state, WM_JOB_CANCELLED);
  CHECK_EQUAL(work.ahead.load(), 0);
  CHECK_EQUAL(ahead.load(), 0);
}

void testFailuresAhead() {
  for (const uint64_t count : {1, 3}) {  // while it rests, and while the next one begins
    auto made = std::make_unique<RunAheadWork>();
    Job job(std::move(made), 1);
    job.submit(90, count);
    CHECK(waitFor(job) == WM_ERR_DEVICE);
    CHECK_EQUAL(job.progress().state, WM_JOB_FAILED);
  }
  Job dropped(std::make_unique<RunAheadWork>(), 1);
  dropped.submit(0, 80);
}

}  // namespace

int main() {
  testOrder();
  testBarrier();
  for (int i = 0; i < 20; ++i) testPause();
  testFailures();
  testCancel();
  for (int i = 0; i < 20; ++i) testRunningAhead();
  testFailuresAhead();
  return checkResult();
}
