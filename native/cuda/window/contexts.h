#pragma once

#include "device/row.h"
#include "window/window_parameters.h"

// The rows of the words around a centre. A warp goes through a sentence from left to right, so a word enters its reach,
// is a context of many centres, and leaves.

namespace wordmill::cuda {

/// The rows that stand for a word together: its own, or with subwords those of its n-grams too.
struct Bag {
  const uint32_t* rows;
  uint32_t count;
};

__device__ inline Bag bagOf(const WindowParameters& p, const uint32_t& word) {
  if (p.wordStarts == nullptr) return {&word, 1};
  const uint64_t begin = __ldg(p.wordStarts + word);
  return {p.wordRows + begin, static_cast<uint32_t>(__ldg(p.wordStarts + word + 1) - begin)};
}

template <int K>
__device__ inline Row<K> sumOfBag(const WindowParameters& p, const Bag& bag) {
  Row<K> sum = loadGlobal<K>(p.input + static_cast<uint64_t>(bag.rows[0]) * p.stride, p.columns);
  for (uint32_t i = 1; i < bag.count; ++i) {
    sum.add(1.0F, loadGlobal<K>(p.input + static_cast<uint64_t>(bag.rows[i]) * p.stride, p.columns));
  }
  return sum;
}

template <int K>
__device__ inline void addToBag(const WindowParameters& p, const WindowBlock& b, const Bag& bag, float factor,
                                const Row<K>& delta) {
  for (uint32_t i = 0; i < bag.count; ++i) {
    const float share = shareOfUses(p.inputUses, bag.rows[i], b.mostInputUses);
    addToRow<K>(p.input + static_cast<uint64_t>(bag.rows[i]) * p.stride, p.columns, factor * share, delta);
  }
}

__device__ inline float lockOf(const WindowParameters& p, uint32_t word) {
  return p.locks != nullptr ? __ldg(p.locks + word) : 1.0F;
}

/// Words within reach, with their sums in shared memory as long as they are: read from the device's memory once, and
/// written once, when all is known that a word has learned. A word that stands twice has two places, each of which sees
/// what the other has learned when it leaves.
template <int K>
class Contexts {
 public:
  /// `shared`: of this warp. Without a ring everything is read and written in the device's memory each time.
  __device__ Contexts(const WindowParameters& p, const WindowBlock& b, float* shared, const uint32_t* sentence,
                      uint32_t length)
      : p_(p),
        b_(b),
        values_(shared),
        deltas_(shared + ringSlots(p) * p.stride),
        sentence_(sentence),
        last_(length - 1) {}

  /// Floats of shared memory for each warp.
  __host__ __device__ static uint32_t floats(const WindowParameters& p) {
    return p.ring ? 2 * ringSlots(p) * p.stride : 0;
  }

  /// Before the first centre.
  __device__ void begin(uint32_t centre) { oldest_ = next_ = centre > p_.windowSize ? centre - p_.windowSize : 0; }

  /// The words within reach of a centre are here; others leave.
  __device__ void moveTo(uint32_t centre) {
    if (!p_.ring) return;
    for (; oldest_ + p_.windowSize < centre; ++oldest_) leave(oldest_);
    for (const uint32_t end = min(last_, centre + p_.windowSize); next_ <= end; ++next_) enter(next_);
  }

  /// After the last centre.
  __device__ void end() {
    for (; oldest_ < next_; ++oldest_) leave(oldest_);
  }

  /// The sum of the rows of a word.
  __device__ Row<K> value(uint32_t position) const {
    if (p_.ring) return loadOwn<K>(valueOf(position), p_.columns);
    return sumOfBag<K>(p_, bagOf(p_, sentence_[position]));
  }

  __device__ uint32_t rowsOf(uint32_t position) const { return bagOf(p_, sentence_[position]).count; }

  /// Adds to each row of a word.
  __device__ void add(uint32_t position, const Row<K>& delta) {
    const uint32_t word = sentence_[position];
    const float lock = lockOf(p_, word);
    const Bag bag = bagOf(p_, word);
    if (!p_.ring) {
      addToBag<K>(p_, b_, bag, lock, delta);
      return;
    }
    Row<K> value = loadOwn<K>(valueOf(position), p_.columns);
    value.add(lock * static_cast<float>(bag.count), delta);
    storeOwn<K>(valueOf(position), p_.columns, value);
    Row<K> sum = loadOwn<K>(deltaOf(position), p_.columns);
    sum.add(lock, delta);
    storeOwn<K>(deltaOf(position), p_.columns, sum);
  }

 private:
  // Every lane has the same places of all rows, so what it reads there is what it wrote.
  __device__ float* valueOf(uint32_t position) const { return values_ + position % ringSlots(p_) * p_.stride; }
  __device__ float* deltaOf(uint32_t position) const { return deltas_ + position % ringSlots(p_) * p_.stride; }

  __device__ void enter(uint32_t position) {
    Row<K> none;
    none.clear();
    storeOwn<K>(valueOf(position), p_.columns, sumOfBag<K>(p_, bagOf(p_, sentence_[position])));
    storeOwn<K>(deltaOf(position), p_.columns, none);
  }

  __device__ void leave(uint32_t position) {
    addToBag<K>(p_, b_, bagOf(p_, sentence_[position]), 1.0F, loadOwn<K>(deltaOf(position), p_.columns));
  }

  const WindowParameters& p_;
  const WindowBlock& b_;
  float* const values_;
  float* const deltas_;
  const uint32_t* const sentence_;
  const uint32_t last_;
  uint32_t oldest_ = 0;
  uint32_t next_ = 0;
};

}  // namespace wordmill::cuda
