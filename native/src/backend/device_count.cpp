#include "backend/device_count.h"

#include <algorithm>
#include <vector>

#include "count/matrix_rows.h"
#include "count/pair_weights.h"
#include "count/segment_words.h"
#include "runtime/signal.h"
#include "text/view.h"

namespace wordmill {
namespace {

/// Segments that are read at once: a million words.
constexpr uint64_t kSegmentsOfPiece = 64;
/// Entries that come back at once.
constexpr uint64_t kEntriesOfPiece = uint64_t{1} << 20;

/// The pairs of a text, on a device.
class DeviceCounter {
 public:
  DeviceCounter(const Device& device, const wm_backend_count& setup) : calls_(device.calls()) {
    checkBackend([&](wm_error* error) { return calls_.count_begin(device.handle(), &setup, &counter_, error); });
  }
  ~DeviceCounter() { calls_.count_release(counter_); }
  DeviceCounter(const DeviceCounter&) = delete;
  DeviceCounter& operator=(const DeviceCounter&) = delete;

  void append(const std::vector<uint32_t>& words) {
    checkBackend([&](wm_error* error) { return calls_.count_append(counter_, words.data(), words.size(), error); });
  }
  /// Entries before each row, and all.
  std::vector<uint64_t> finish(uint64_t rows) {
    std::vector<uint64_t> offsets(rows + 1);
    checkBackend([&](wm_error* error) { return calls_.count_finish(counter_, offsets.data(), error); });
    return offsets;
  }
  void read(uint64_t first, uint64_t n, uint32_t* columns, double* values) {
    checkBackend([&](wm_error* error) { return calls_.count_read(counter_, first, n, columns, values, error); });
  }

 private:
  const wm_backend& calls_;
  wm_backend_counter* counter_ = nullptr;
};

void appendText(const View& view, unsigned threads, wm_signal* signal, DeviceCounter& counter) {
  std::vector<uint32_t> words;
  const uint64_t segments = view.segments().size();
  for (uint64_t first = 0; first < segments; first += kSegmentsOfPiece) {
    throwIfRaised(signal);
    const uint64_t last = std::min(segments, first + kSegmentsOfPiece);
    words.resize(lengthOfSegments(view, first, last));
    readSegments(view, first, last, threads, signal, words.data());
    counter.append(words);
    for (uint64_t s = first; s < last; ++s) addDone(signal, view.segments()[s].tokens);
  }
}

void readRows(uint64_t rows, const wm_signal* signal, DeviceCounter& counter, MatrixRows& out) {
  throwIfRaised(signal);
  const std::vector<uint64_t> offsets = counter.finish(rows);
  out.offsets.append(offsets.data() + 1, rows);
  std::vector<uint32_t> columns;
  std::vector<double> values;
  for (uint64_t first = 0; first < offsets.back(); first += kEntriesOfPiece) {
    throwIfRaised(signal);
    const uint64_t n = std::min(kEntriesOfPiece, offsets.back() - first);
    columns.resize(n);
    values.resize(n);
    counter.read(first, n, columns.data(), values.data());
    out.columns.append(columns.data(), n);
    out.values.append(values.data(), n);
  }
}

}  // namespace

std::shared_ptr<const Cooccurrence> countOnDevice(const View& view, const CountRules& rules, const Device& device,
                                                  wm_signal* signal) {
  const std::vector<uint64_t> weights = weightsOf(rules);
  wm_backend_count setup{};
  setup.rows = view.rows();
  setup.window_size = rules.windowSize;
  setup.symmetric = rules.symmetric ? 1 : 0;
  setup.weights = weights.data();
  setup.tokens = view.tokens();
  DeviceCounter counter(device, setup);
  appendText(view, rules.threads, signal, counter);
  MatrixRows result(rules.storage);
  readRows(view.rows(), signal, counter, result);
  return std::make_shared<const Cooccurrence>(rules.symmetric, static_cast<double>(unitOf(rules)), std::move(result));
}

}  // namespace wordmill
