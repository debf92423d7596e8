#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "memory/file_mapping.h"

namespace wordmill {

/// Keys as bytes, with an index from key to row. Immutable.
///
/// The index is an open-addressing table of little-endian u32 slots, row + 1 or 0 for empty, as it also stands in
/// files: a power of two of slots, at least 1.5 for each key. A key is looked for from slot
/// hashBytes(key) & (slots - 1) on (text/hash.h), one by one, wrapping at the end, until it or an empty slot is
/// found. Of equal keys only the first has a slot.
class Keys {
 public:
  /// n keys: bytes[offsets[i] .. offsets[i + 1]); copied. Throws WM_ERR_OPTION when the offsets go backwards.
  static std::shared_ptr<const Keys> create(const uint8_t* bytes, const uint64_t* offsets, uint64_t n);
  /// The same without a copy. `offsets` holds one more than there are keys, and starts with 0.
  static std::shared_ptr<const Keys> adopt(std::vector<uint8_t> bytes, std::vector<uint64_t> offsets);
  /// Parts of a mapped file, at any alignment. Sizes and offsets are checked here, every slot when it is used.
  static std::shared_ptr<const Keys> map(std::shared_ptr<FileMapping> file, uint64_t bytesOffset, uint64_t bytesLength,
                                         uint64_t offsetsOffset, uint64_t n, uint64_t slotsOffset, uint64_t slotCount);

  uint64_t size() const { return size_; }
  /// The row of a key, or -1.
  int64_t find(const uint8_t* bytes, uint64_t length) const;
  int64_t find(std::string_view key) const { return find(reinterpret_cast<const uint8_t*>(key.data()), key.size()); }
  /// `row` must be less than size().
  std::string_view at(uint64_t row) const;
  /// Keys that are hidden by an equal one before them. Counts the slots.
  uint64_t duplicates() const;

  const uint8_t* bytes() const { return bytes_; }
  uint64_t bytesLength() const { return bytesLength_; }
  const std::byte* offsets() const { return offsets_; }
  const std::byte* slots() const { return slots_; }
  uint64_t slotCount() const { return slotCount_; }

  /// Slots of an index over n keys.
  static uint64_t slotsFor(uint64_t n);

 private:
  Keys() = default;
  void buildIndex();
  uint64_t offsetAt(uint64_t index) const;
  uint32_t slotAt(uint64_t index) const;

  const uint8_t* bytes_ = nullptr;
  uint64_t bytesLength_ = 0;
  const std::byte* offsets_ = nullptr;  // read through memcpy: in a file they may stand anywhere
  uint64_t size_ = 0;
  const std::byte* slots_ = nullptr;
  uint64_t slotCount_ = 0;

  // Where the parts live: here, or in the file.
  std::vector<uint8_t> ownBytes_;
  std::vector<uint64_t> ownOffsets_;
  std::vector<uint32_t> ownSlots_;
  std::shared_ptr<FileMapping> file_;
};

}  // namespace wordmill
