#include "text/dictionary.h"

#include "runtime/error.h"

namespace wordmill {
namespace {

unsigned bitsFor(uint64_t words) {
  unsigned bits = 12;
  while ((uint64_t{1} << bits) < words * 2) ++bits;
  return bits;
}

}  // namespace

Dictionary::Dictionary(uint64_t expected)
    : slots_(uint64_t{1} << bitsFor(expected)), shift_(64 - bitsFor(expected)), mask_(slots_.size() - 1), offsets_{0} {}

uint32_t Dictionary::insert(uint64_t at, const Key& key, uint64_t count) {
  if ((uint64_t{size()} + 1) * 2 > slots_.size()) {
    grow();
    at = key.hash >> shift_;
    while (slots_[at].used != 0) at = (at + 1) & mask_;
  }
  // The last ids mean "line end" and "not a row" elsewhere.
  if (size() >= UINT32_MAX - 2) throw Error(WM_ERR_LIMIT, "the corpus has more than 4294967293 different tokens");
  const uint32_t id = size();
  counts_.push_back(count);
  bytes_.insert(bytes_.end(), key.bytes, key.bytes + key.length);
  offsets_.push_back(bytes_.size());
  slots_[at] = Slot{key.word, key.length + 1, id};
  return id;
}

void Dictionary::grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  const unsigned shift = shift_ - 1;
  const uint64_t mask = larger.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.used == 0) continue;
    uint64_t at = hashOf(slot.word, slot.used - 1) >> shift;
    while (larger[at].used != 0) at = (at + 1) & mask;
    larger[at] = slot;
  }
  slots_.swap(larger);
  shift_ = shift;
  mask_ = mask;
}

}  // namespace wordmill
