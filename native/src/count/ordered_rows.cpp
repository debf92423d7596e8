#include "count/ordered_rows.h"

#include <utility>

namespace wordmill {
namespace {

/// Entries between two times that pages of temporary files are let go.
constexpr uint64_t kLetGoAfter = uint64_t{1} << 20;

}  // namespace

void OrderedRows::put(uint64_t number, RowBatch batch) {
  std::unique_lock<std::mutex> lock(mutex_);
  advanced_.wait(lock, [&] { return abandoned_ || number < next_ + mostWaiting_; });
  if (abandoned_) return;
  waiting_.emplace(number, std::move(batch));
  for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_; first = waiting_.begin()) {
    rows_.append(first->second);
    sinceLetGo_ += first->second.columns.size();
    waiting_.erase(first);
    ++next_;
  }
  if (sinceLetGo_ >= kLetGoAfter) {
    rows_.letGo();
    sinceLetGo_ = 0;
  }
  lock.unlock();
  advanced_.notify_all();
}

void OrderedRows::abandon() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    abandoned_ = true;
  }
  advanced_.notify_all();
}

}  // namespace wordmill
