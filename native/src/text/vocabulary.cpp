#include "text/vocabulary.h"

#include <algorithm>

#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "text/chunk.h"

namespace wordmill {
namespace {

/// A word of a merged shard, with what its order depends on close at hand.
struct Ranked {
  uint64_t count;
  uint64_t prefix;  // the first 8 bytes as a big-endian number, which compares like the bytes
  uint32_t shard;
  uint32_t id;
};

uint64_t prefixOf(std::string_view word) {
  return __builtin_bswap64(loadWord(reinterpret_cast<const uint8_t*>(word.data()), std::min<uint64_t>(word.size(), 8)));
}

/// Sorts pieces side by side, then merges them two by two.
template <typename Less>
void parallelSort(std::vector<Ranked>& items, unsigned threads, const Less& less) {
  uint64_t pieces = 1;
  while (pieces < threads && items.size() / (pieces * 2) >= 4096) pieces *= 2;
  const auto at = [&](uint64_t piece) { return items.begin() + static_cast<ptrdiff_t>(items.size() * piece / pieces); };
  parallelFor(pieces, threads, [&](uint64_t piece) { std::sort(at(piece), at(piece + 1), less); });
  for (uint64_t width = 1; width < pieces; width *= 2) {
    parallelFor(pieces / (width * 2), threads, [&](uint64_t pair) {
      const uint64_t first = pair * width * 2;
      std::inplace_merge(at(first), at(first + width), at(first + width * 2), less);
    });
  }
}

}  // namespace

void Vocabulary::add(std::string_view word, uint64_t count) {
  bytes.insert(bytes.end(), word.begin(), word.end());
  offsets.push_back(bytes.size());
  counts.push_back(count);
}

MergedVocabulary mergeDictionaries(const std::vector<Dictionary>& dictionaries, unsigned threads,
                                   const wm_signal* signal) {
  // Words are merged in shards of their hashes, which have nothing to do with each other.
  uint64_t shards = 1;
  while (shards < threads) shards *= 2;

  MergedVocabulary result;
  for (const Dictionary& dictionary : dictionaries) result.maps.emplace_back(dictionary.size());
  uint64_t words = 0;
  for (const Dictionary& dictionary : dictionaries) words += dictionary.size();
  std::vector<Dictionary> merged;
  for (uint64_t shard = 0; shard < shards; ++shard) merged.emplace_back(words / shards + words / shards / 4);
  parallelFor(shards, threads, [&](uint64_t shard) {
    for (size_t d = 0; d < dictionaries.size(); ++d) {
      dictionaries[d].forEachInShard(shard, shards, [&](const Dictionary::Key& key, uint32_t id) {
        throwIfRaised(signal);
        result.maps[d][id] = merged[shard].add(key, dictionaries[d].count(id));
      });
    }
  });

  std::vector<Ranked> order;
  uint64_t bytes = 0;
  order.reserve(words);
  for (uint32_t shard = 0; shard < shards; ++shard) {
    for (uint32_t id = 0; id < merged[shard].size(); ++id) {
      if (merged[shard].count(id) == 0) continue;
      const std::string_view word = merged[shard].at(id);
      order.push_back({merged[shard].count(id), prefixOf(word), shard, id});
      bytes += word.size();
    }
  }
  if (order.size() >= UINT32_MAX - 2) {
    throw Error(WM_ERR_LIMIT, "the corpus has more than 4294967293 different tokens");
  }
  parallelSort(order, threads, [&](const Ranked& a, const Ranked& b) {
    throwIfRaised(signal);
    if (a.count != b.count) return a.count > b.count;
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return merged[a.shard].at(a.id) < merged[b.shard].at(b.id);
  });

  std::vector<std::vector<uint32_t>> ranks;
  for (const Dictionary& dictionary : merged) ranks.emplace_back(dictionary.size());
  Vocabulary& vocabulary = result.vocabulary;
  vocabulary.bytes.reserve(bytes);
  vocabulary.offsets.reserve(order.size() + 1);
  vocabulary.counts.reserve(order.size());
  for (const Ranked& word : order) {
    ranks[word.shard][word.id] = static_cast<uint32_t>(vocabulary.size());
    vocabulary.add(merged[word.shard].at(word.id), word.count);
  }
  parallelFor(shards, threads, [&](uint64_t shard) {
    for (size_t d = 0; d < dictionaries.size(); ++d) {
      dictionaries[d].forEachInShard(shard, shards, [&](const Dictionary::Key&, uint32_t id) {
        uint32_t& target = result.maps[d][id];
        target = ranks[shard][target];
      });
    }
  });
  return result;
}

void renumber(uint32_t* ids, uint64_t count, const std::vector<uint32_t>& map) {
  for (uint64_t i = 0; i < count; ++i) {
    if (ids[i] != lineEnd) ids[i] = map[ids[i]];
  }
}

}  // namespace wordmill
