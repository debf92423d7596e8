#include "text/keys.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "runtime/error.h"
#include "text/hash.h"

namespace wordmill {
namespace {

/// Rows are numbered from 1 in u32 slots, and UINT32_MAX means "no row" everywhere.
constexpr uint64_t maxKeys = UINT32_MAX - 1;

void checkCount(uint64_t n) {
  if (n > maxKeys) {
    throw Error(WM_ERR_LIMIT, std::to_string(n) + " keys are more than the 4294967294 that can be indexed");
  }
}

}  // namespace

uint64_t Keys::slotsFor(uint64_t n) {
  uint64_t slots = 1;
  while (slots < n + n / 2 + 1) slots *= 2;
  return slots;
}

std::shared_ptr<const Keys> Keys::create(const uint8_t* bytes, const uint64_t* offsets, uint64_t n) {
  checkCount(n);
  std::vector<uint64_t> own(n + 1, 0);
  for (uint64_t i = 0; i < n; ++i) {
    if (offsets[i + 1] < offsets[i]) {
      throw optionError("offsets", "the offset after key " + std::to_string(i) + " goes backwards");
    }
    own[i + 1] = offsets[i + 1] - offsets[0];
  }
  std::vector<uint8_t> copy;
  if (own[n] > 0) copy.assign(bytes + offsets[0], bytes + offsets[n]);
  return adopt(std::move(copy), std::move(own));
}

std::shared_ptr<const Keys> Keys::adopt(std::vector<uint8_t> bytes, std::vector<uint64_t> offsets) {
  checkCount(offsets.size() - 1);
  const std::shared_ptr<Keys> keys(new Keys());
  keys->ownBytes_ = std::move(bytes);
  keys->ownOffsets_ = std::move(offsets);
  keys->bytes_ = keys->ownBytes_.data();
  keys->bytesLength_ = keys->ownBytes_.size();
  keys->offsets_ = reinterpret_cast<const std::byte*>(keys->ownOffsets_.data());
  keys->size_ = keys->ownOffsets_.size() - 1;
  keys->buildIndex();
  return keys;
}

std::shared_ptr<const Keys> Keys::map(std::shared_ptr<FileMapping> file, uint64_t bytesOffset, uint64_t bytesLength,
                                      uint64_t offsetsOffset, uint64_t n, uint64_t slotsOffset, uint64_t slotCount) {
  checkCount(n);
  const auto part = [&](uint64_t offset, uint64_t count, uint64_t size, const char* what) {
    if (offset > file->size() || count > (file->size() - offset) / size) {
      throw Error(WM_ERR_TRUNCATED, std::string("the file ends before its ") + what).at(static_cast<int64_t>(offset));
    }
    return file->data() + offset;
  };
  const std::shared_ptr<Keys> keys(new Keys());
  keys->bytes_ = reinterpret_cast<const uint8_t*>(part(bytesOffset, bytesLength, 1, "keys"));
  keys->bytesLength_ = bytesLength;
  keys->offsets_ = part(offsetsOffset, n + 1, sizeof(uint64_t), "key offsets");
  keys->size_ = n;
  keys->slots_ = part(slotsOffset, slotCount, sizeof(uint32_t), "key index");
  keys->slotCount_ = slotCount;
  if (slotCount == 0 || (slotCount & (slotCount - 1)) != 0 || slotCount <= n) {
    throw Error(WM_ERR_FORMAT, "a key index of " + std::to_string(slotCount) + " slots over " + std::to_string(n) +
                                   " keys is not a larger power of two")
        .at(static_cast<int64_t>(slotsOffset));
  }
  uint64_t previous = 0;
  for (uint64_t i = 0; i <= n; ++i) {
    const uint64_t offset = keys->offsetAt(i);
    if (offset < previous || offset > bytesLength) {
      throw Error(WM_ERR_FORMAT, "key offset " + std::to_string(i) + " goes backwards or beyond the keys")
          .at(static_cast<int64_t>(offsetsOffset + i * sizeof(uint64_t)));
    }
    previous = offset;
  }
  keys->file_ = std::move(file);
  return keys;
}

uint64_t Keys::offsetAt(uint64_t index) const {
  uint64_t offset;
  std::memcpy(&offset, offsets_ + index * sizeof(offset), sizeof(offset));
  return offset;
}

uint32_t Keys::slotAt(uint64_t index) const {
  uint32_t slot;
  std::memcpy(&slot, slots_ + index * sizeof(slot), sizeof(slot));
  return slot;
}

std::string_view Keys::at(uint64_t row) const {
  const uint64_t begin = offsetAt(row);
  return {reinterpret_cast<const char*>(bytes_) + begin, offsetAt(row + 1) - begin};
}

int64_t Keys::find(const uint8_t* bytes, uint64_t length) const {
  const std::string_view wanted(reinterpret_cast<const char*>(bytes), length);
  const uint64_t mask = slotCount_ - 1;
  uint64_t slot = hashBytes(bytes, length) & mask;
  // Bounded, because a damaged file may have no empty slot.
  for (uint64_t probes = 0; probes < slotCount_; ++probes) {
    const uint32_t entry = slotAt(slot);
    if (entry == 0) return -1;
    if (entry <= size_ && at(entry - 1) == wanted) return entry - 1;
    slot = (slot + 1) & mask;
  }
  return -1;
}

uint64_t Keys::duplicates() const {
  uint64_t used = 0;
  for (uint64_t i = 0; i < slotCount_; ++i) used += slotAt(i) != 0;
  return size_ - std::min(used, size_);
}

void Keys::buildIndex() {
  slotCount_ = slotsFor(size_);
  const uint64_t mask = slotCount_ - 1;
  ownSlots_.assign(slotCount_, 0);
  slots_ = reinterpret_cast<const std::byte*>(ownSlots_.data());
  // The upper half of each hash, beside its slot: without it, every probe would fetch another key from memory.
  std::vector<uint32_t> tags(slotCount_);
  // Hashes run ahead of the insertions, so that the slots are on their way from memory.
  constexpr uint64_t ahead = 16;
  uint64_t hashes[ahead] = {};
  const auto prepare = [&](uint64_t row) {
    if (row >= size_) return;
    const std::string_view key = at(row);
    const uint64_t hash = hashBytes(reinterpret_cast<const uint8_t*>(key.data()), key.size());
    hashes[row % ahead] = hash;
    __builtin_prefetch(&ownSlots_[hash & mask], 1);
    __builtin_prefetch(&tags[hash & mask], 1);
  };
  for (uint64_t row = 0; row < ahead; ++row) prepare(row);
  for (uint64_t row = 0; row < size_; ++row) {
    const uint64_t hash = hashes[row % ahead];
    const uint32_t tag = static_cast<uint32_t>(hash >> 32);
    prepare(row + ahead);
    uint64_t slot = hash & mask;
    while (ownSlots_[slot] != 0 && !(tags[slot] == tag && at(ownSlots_[slot] - 1) == at(row))) {
      slot = (slot + 1) & mask;
    }
    if (ownSlots_[slot] != 0) continue;  // an equal key stands there already
    ownSlots_[slot] = static_cast<uint32_t>(row + 1);
    tags[slot] = tag;
  }
}

}  // namespace wordmill
