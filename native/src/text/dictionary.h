#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/hash.h"

namespace wordmill {

/// Counts words and numbers them in order of their first occurrence. Made for one thread and for speed: words of up to
/// 8 bytes, most of all tokens, are compared as one number and never touched in memory.
class Dictionary {
 public:
  /// A word with what its place is computed from.
  struct Key {
    uint64_t word;  // its bytes, when they fit; else their hash
    uint64_t hash;
    const uint8_t* bytes;
    uint32_t length;
  };

  static Key key(const uint8_t* bytes, uint32_t length) {
    return length <= 8 ? shortKey(bytes, length, loadWord(bytes, length)) : longKey(bytes, length);
  }
  /// For 1 to 8 bytes that were loaded already.
  static Key shortKey(const uint8_t* bytes, uint32_t length, uint64_t word) {
    return {word, hashOf(word, length), bytes, length};
  }
  static Key longKey(const uint8_t* bytes, uint32_t length) {
    const uint64_t word = hashBytes(bytes, length);
    return {word, hashOf(word, length), bytes, length};
  }

  /// Words may be added in order of their hashes only if at most `expected` are: a table that fills up from one end
  /// is slow.
  explicit Dictionary(uint64_t expected = 0);

  /// Adds `count` occurrences and returns the word's id.
  uint32_t add(const Key& key, uint64_t count = 1) {
    for (uint64_t at = key.hash >> shift_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.used == key.length + 1 && slot.word == key.word &&
          (key.length <= 8 || std::memcmp(bytes_.data() + offsets_[slot.id], key.bytes, key.length) == 0)) {
        counts_[slot.id] += count;
        return slot.id;
      }
      if (slot.used == 0) return insert(at, key, count);
    }
  }
  void countMore(uint32_t id, uint64_t count) { counts_[id] += count; }
  void prefetch(const Key& key) const { __builtin_prefetch(&slots_[key.hash >> shift_]); }

  uint32_t size() const { return static_cast<uint32_t>(counts_.size()); }
  std::string_view at(uint32_t id) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + offsets_[id], offsets_[id + 1] - offsets_[id]};
  }
  uint64_t count(uint32_t id) const { return counts_[id]; }
  uint64_t bytes() const { return bytes_.size(); }

  /// Calls visit(key, id) for every word in one of `shards` (a power of two) parts, ordered by hash.
  template <typename Visit>
  void forEachInShard(uint64_t shard, uint64_t shards, Visit&& visit) const {
    for (const Slot& slot : slots_) {
      if (slot.used == 0) continue;
      const uint64_t hash = hashOf(slot.word, slot.used - 1);
      // Places in the table are upper bits of the hash; shards are lower bits, to have nothing to do with them.
      if ((hash & (shards - 1)) != shard) continue;
      visit(Key{slot.word, hash, bytes_.data() + offsets_[slot.id], slot.used - 1}, slot.id);
    }
  }

 private:
  struct Slot {
    uint64_t word;
    uint32_t used;  // length + 1, or 0 when there is no word
    uint32_t id;
  };

  static uint64_t hashOf(uint64_t word, uint32_t length) {
    return foldedProduct(word ^ hashSeed, hashEnd ^ (uint64_t{length} << 32));
  }
  uint32_t insert(uint64_t at, const Key& key, uint64_t count);
  void grow();

  std::vector<Slot> slots_;
  unsigned shift_;
  uint64_t mask_;
  std::vector<uint8_t> bytes_;
  std::vector<uint64_t> offsets_;
  std::vector<uint64_t> counts_;
};

}  // namespace wordmill
