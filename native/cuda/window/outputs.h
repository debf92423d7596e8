#pragma once

#include "device/row.h"
#include "window/hot_nodes.h"

namespace wordmill::cuda {

/// A row that inputs are trained against.
struct Output {
  float* row = nullptr;
  int hot = -1;         // its number among the hot nodes
  float sign = 0.0F;    // +1 where the target is 1, -1 where it is 0
  float weight = 0.0F;  // 0: left out
  float share = 0.0F;   // of what it learns, how much is added to the row
};

/// What a warp adds up.
struct WarpSums {
  float loss = 0.0F;  // of this lane
  uint32_t examples = 0;
};

/// The gradient of a logit, times the rate; adds the loss where this lane is the one to do it.
__device__ inline float slopeOf(const Output& output, float logit, float rate, bool counts, WarpSums& sums) {
  const float x = output.sign * logit;
  const float e = __expf(-fabsf(x));
  const float missing = (x >= 0.0F ? e : 1.0F) / (1.0F + e);
  if (counts && output.weight != 0.0F) sums.loss += output.weight * (__logf(1.0F + e) - (x < 0.0F ? x : 0.0F));
  return output.sign * output.weight * rate * missing;
}

/// Rows of outputs that a warp has in registers at a time: as many as those of a window with five negatives, where they
/// find room.
template <int K>
constexpr int kOutputsAtOnce = K <= 3   ? 6
                               : K <= 4 ? 4
                                        : 2;

/// One step of inputs against outputs, the rows of a few outputs at a time. `list(o)` describes output o.
/// `forInputs(body)` calls body(row) for each input, which returns the gradient of that input, and says what becomes of
/// it. Outputs beyond the registers are stepped in parts, one after another.
template <int K, typename List, typename ForInputs>
__device__ inline void stepOutputs(const WindowParameters& p, HotNodes& hot, uint32_t count, const List& list,
                                   float rate, WarpSums& sums, ForInputs&& forInputs) {
  constexpr int T = kOutputsAtOnce<K>;
  constexpr int N = T > 4 ? 8 : T;                // sums at once
  constexpr unsigned lanesOfOutput = kLanes / N;  // lane l has the logit of output l / lanesOfOutput
  const unsigned own = lane() / lanesOfOutput;
  for (uint32_t base = 0; base < count; base += T) {
    const Output mine = own < T && base + own < count ? list(base + own) : Output();
    const unsigned active = __ballot_sync(kAllLanes, mine.weight != 0.0F);
    Row<K> rows[T];
    Row<K> deltas[T];
#pragma unroll
    for (int t = 0; t < T; ++t) {
      const unsigned source = static_cast<unsigned>(t) * lanesOfOutput;
      const auto row = reinterpret_cast<const float*>(
          fromLane(static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(mine.row)), source));
      const int hotRow = fromLane(mine.hot, source);
      deltas[t].clear();
      if ((active >> source & 1U) == 0) {
        rows[t].clear();
      } else if (hotRow >= 0) {
        rows[t] = loadOwn<K>(hot.row(static_cast<uint32_t>(hotRow)), p.columns);
      } else {
        rows[t] = loadGlobal<K>(row, p.columns);
      }
    }
    forInputs([&](const Row<K>& input) {
      float products[N];
#pragma unroll
      for (int t = 0; t < N; ++t) products[t] = t < T ? dotOfLane(input, rows[t < T ? t : 0]) : 0.0F;
      const float logit = sumsOfWarp<N>(products);
      const float slope = slopeOf(mine, logit, rate, lane() % lanesOfOutput == 0, sums);
      Row<K> gradient;
      gradient.clear();
#pragma unroll
      for (int t = 0; t < T; ++t) {
        const float factor = fromLane(slope, static_cast<unsigned>(t) * lanesOfOutput);
        gradient.add(factor, rows[t]);
        deltas[t].add(factor, input);
      }
      return gradient;
    });
#pragma unroll
    for (int t = 0; t < T; ++t) {
      const unsigned source = static_cast<unsigned>(t) * lanesOfOutput;
      const auto row = reinterpret_cast<float*>(
          fromLane(static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(mine.row)), source));
      const int hotRow = fromLane(mine.hot, source);
      const float share = fromLane(mine.share, source);
      if ((active >> source & 1U) == 0) continue;
      if (hotRow >= 0) {
        hot.add<K>(static_cast<uint32_t>(hotRow), p.columns, deltas[t]);
      } else {
        addToRow<K>(row, p.columns, share, deltas[t]);
      }
    }
  }
}

}  // namespace wordmill::cuda
